import type { Agent, Budget, DeploymentManifest, KernelQuery, KernelRanking, Reviewer } from '@tilewright/spec';

/**
 * What the server can have done: declared here and passed in, so that nothing in this package knows how a deployment
 * is run. Directories and files are absolute and have been held against `WorkspaceAccess` by whoever calls. Throws
 * `TilewrightError`s, whose message and remedy are what the client is told.
 */
export interface TilewrightService {
  /** Of Tilewright. */
  readonly version: string;
  /** Absolute. What clients name lies below it. */
  readonly workingDirectory: string;
  /** Resolves when the deployment has ended, also where a gate failed or it waits for a human. */
  readonly deploy: (request: DeploymentRequest, hooks: DeploymentHooks) => Promise<DeploymentOutcome>;
  readonly evaluate: (request: EvaluationRequest, hooks: JobHooks) => Promise<EvaluationOutcome>;
  readonly estimate: (request: EstimateRequest, hooks: JobHooks) => Promise<EstimateOutcome>;
  readonly status: (directory: string) => Promise<DeploymentStatus>;
  /** Writes `report.html` into the workspace. */
  readonly report: (directory: string) => Promise<{ readonly file: string; readonly bytes: number }>;
  readonly searchKernels: (query: KernelQuery, signal: AbortSignal) => Promise<KernelRanking>;
  readonly kernels: () => Promise<readonly RegistryKernel[]>;
  /** The published rows of a kernel, the fastest first. Throws `kernel-unknown`. */
  readonly rows: (kernel: string) => Promise<readonly RegistryRow[]>;
  readonly skills: () => Promise<readonly InstalledSkill[]>;
}

export interface DeploymentRequest {
  /** A path, a model of Hugging Face's hub, or `synthetic:` and a configuration. */
  readonly model: string;
  readonly directory: string;
  /** By name; where there is none, what the user's configuration says. */
  readonly target: string | null;
  /** A built-in name, or a transcript to decide by; null where `hooks.agent` decides. */
  readonly agent: string | { readonly replay: string } | null;
  /** Beside the built-in ones. */
  readonly skills: readonly string[];
  readonly prefillLength: number | null;
  readonly contextLength: number | null;
  /** Null for that of the transcript, or 0. */
  readonly seed: number | null;
  readonly budget: Budget | null;
}

export interface EvaluationRequest {
  readonly directory: string;
  readonly model: string | null;
  readonly target: string | null;
}

export interface EstimateRequest {
  readonly model: string;
  readonly target: string | null;
  readonly promptTokens: number | null;
  readonly contextTokens: number | null;
  /** Whether to estimate also what the optimisation skills make of it. */
  readonly optimize: boolean;
}

export interface JobHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: JobProgress) => void;
}

export interface DeploymentHooks extends JobHooks {
  readonly reviewer: Reviewer;
  /** Decides in place of an agent of ours. */
  readonly agent: Agent | null;
}

export interface JobProgress {
  /** Null where it is not of a phase. */
  readonly phase: number | null;
  /** `line` says what has finished, `step` what goes on until the next one. */
  readonly kind: 'line' | 'step';
  readonly text: string;
}

export interface GateOutcome {
  readonly gate: string;
  readonly phase: number;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly summary: string;
}

export interface PhaseOutcome {
  readonly phase: number;
  readonly title: string;
  readonly status: string;
  readonly elapsedMs: number;
  /** What the agent did in it; null where it was not asked. */
  readonly agent: {
    readonly decisions: number;
    readonly attempts: number;
    readonly tokens: number;
    readonly costUsd: number | null;
    /** The limit that ended its part, in words. */
    readonly limit: string | null;
  } | null;
}

export interface Verdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly summary: string;
  /** Whether the times below were estimated or measured. */
  readonly timing: 'estimate' | 'measurement';
  readonly promptTokens: number;
  readonly timeToFirstTokenUs: number;
  readonly decodeTokensPerSecond: number;
}

export interface DeploymentOutcome {
  readonly directory: string;
  readonly status: DeploymentManifest['status'];
  /** Why it stopped, if it did. */
  readonly reason: string | null;
  readonly planDigest: string | null;
  readonly phases: readonly PhaseOutcome[];
  readonly gates: readonly GateOutcome[];
  /** Null where it did not come to be judged. */
  readonly evaluation: Verdict | null;
  /** What the deployed model said, where it was accepted and has a tokenizer. */
  readonly text: string | null;
  /** Whether a transcript that was replayed came to its plan again; null where none was. */
  readonly samePlan: boolean | null;
}

export interface EvaluationOutcome extends Verdict {
  readonly directory: string;
  readonly gates: readonly GateOutcome[];
  readonly claims: readonly {
    readonly claim: string;
    readonly claimed: string;
    readonly found: string;
    readonly agrees: boolean;
  }[];
}

/** All times are estimates, in microseconds. */
export interface EstimateOutcome {
  readonly model: string;
  readonly target: string;
  readonly promptTokens: number;
  readonly contextTokens: number;
  readonly naive: EstimatedTimes;
  /** Null unless it was asked for. No gate has seen it. */
  readonly optimized: (EstimatedTimes & { readonly keptProposals: readonly string[] }) | null;
}

export interface EstimatedTimes {
  readonly timeToFirstTokenUs: number;
  readonly decodeTokenUs: number;
  readonly decodeTokensPerSecond: number;
}

export interface DeploymentStatus {
  readonly directory: string;
  readonly model: string;
  readonly target: string;
  readonly agent: string;
  readonly status: DeploymentManifest['status'];
  readonly planDigest: string | null;
  readonly phases: readonly PhaseOutcome[];
  readonly gates: readonly GateOutcome[];
  /** `current` if it is about the plan that lies there now. */
  readonly evaluation: (Verdict & { readonly current: boolean }) | null;
}

export interface RegistryKernel {
  readonly name: string;
  readonly summary: string;
  /** What a shape of it must name. */
  readonly shapeNames: readonly string[];
  readonly configNames: readonly string[];
  readonly publishedRows: number;
}

/** A published row as a configuration of a kernel of ours. The latency is the publisher's measurement. */
export interface RegistryRow {
  readonly id: string;
  readonly kernel: string;
  readonly shape: Readonly<Record<string, number>>;
  readonly config: Readonly<Record<string, string | number | boolean>>;
  readonly status: string | null;
  readonly publishedUs: number | null;
}

export interface InstalledSkill {
  readonly name: string;
  readonly kind: 'orchestrator' | 'phase' | 'optimization' | 'debug';
  readonly description: string;
  /** The text of its SKILL.md. */
  readonly document: string;
}

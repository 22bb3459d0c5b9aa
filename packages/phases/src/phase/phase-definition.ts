import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  blockGate,
  type GateProgress,
  type GatePrompt,
  type GateRequest,
  type GoldenVerification,
  kernelGate,
  modelGate,
  oracleGate,
  POLICY,
} from '@tilewright/gates';
import { type OpenModel, type VerificationResult, verifyAgainstGolden } from '@tilewright/oracle';
import { type DeployedModel, type GateReport, TilewrightError } from '@tilewright/spec';

/** What a gate needs to know of the deployment. */
export interface PhaseContext {
  readonly model: OpenModel;
  /** Of the whole deployment; each phase draws from its own. */
  readonly seed: number;
  /** The longest prompt that a gate may use. */
  readonly prefillTokens: number;
  readonly contextLength: number;
  readonly prompts: readonly GatePrompt[];
  readonly subjects: Readonly<Record<string, string>>;
  readonly onProgress: (progress: GateProgress) => void;
  readonly onStep: (step: string) => void;
  readonly signal?: AbortSignal;
}

export interface PhaseDefinition {
  readonly phase: number;
  readonly title: string;
  readonly gate: string;
}

export interface OraclePhase extends PhaseDefinition {
  readonly needsPlan: false;
  readonly run: (context: PhaseContext) => Promise<GateReport>;
}

export interface PlanPhase extends PhaseDefinition {
  readonly needsPlan: true;
  readonly run: (context: PhaseContext, deployed: DeployedModel) => Promise<GateReport>;
}

/** Decode steps that the gates for kernels and blocks look at. */
const DECODE_STEPS = 3;
/** Prompts end within a tile, so that padding is tried too. */
const SHORT_OF_FULL = 3;
/** Tokens of a free run's prompt: long enough to cross tiles, short enough to leave time for what follows. */
const RUN_PROMPT_TOKENS = 61;

export const PHASES: readonly (OraclePhase | PlanPhase)[] = [
  { phase: 0, title: 'Build the oracle', gate: 'oracle', needsPlan: false, run: buildOracle },
  {
    phase: 1,
    title: 'Validate every kernel',
    gate: 'kernels',
    needsPlan: true,
    run: (context, deployed) => kernelGate({ ...isolated(context, deployed, 1), decodeSteps: DECODE_STEPS }),
  },
  {
    phase: 2,
    title: 'Validate each block',
    gate: 'blocks',
    needsPlan: true,
    run: (context, deployed) => blockGate({ ...isolated(context, deployed, 2), decodeSteps: DECODE_STEPS }),
  },
  {
    phase: 3,
    title: 'Validate the whole model',
    gate: 'model',
    needsPlan: true,
    run: (context, deployed) => {
      const room = context.contextLength - POLICY.model.greedyTokens;
      const promptTokens = Math.min(RUN_PROMPT_TOKENS, context.prefillTokens, room);
      const prompts = context.prompts.filter(({ tokens }) => tokens.length <= Math.min(context.prefillTokens, room));
      return modelGate({ ...common(context, deployed, 3), promptTokens, prompts });
    },
  },
];

/** The smallest context in which the gates can run. */
export const SMALLEST_CONTEXT: number = POLICY.model.greedyTokens + SHORT_OF_FULL + 1;

function isolated(context: PhaseContext, deployed: DeployedModel, phase: number): GateRequest {
  const longest = Math.min(context.prefillTokens, context.contextLength - DECODE_STEPS);
  return { ...common(context, deployed, phase), promptTokens: Math.max(1, longest - SHORT_OF_FULL) };
}

function common(context: PhaseContext, deployed: DeployedModel, phase: number): Omit<GateRequest, 'promptTokens'> {
  const { model, seed, subjects, onProgress, signal } = context;
  return {
    ...{ oracle: model.oracle, deployed, seeds: [seed + phase], subjects, onProgress },
    ...(signal && { signal }),
  };
}

async function buildOracle({ model, subjects, onProgress, signal }: PhaseContext): Promise<GateReport> {
  const started = performance.now();
  const verification = (await hasGolden(model.directory))
    ? await verifyAgainstGolden(model.directory, {
        onProgress: ({ case: name, done, total }) =>
          onProgress({ gate: 'oracle', subject: `golden case ${name}`, made: done, planned: total }),
        ...(signal && { signal }),
      })
    : null;
  return oracleGate({
    verification: verification && summary(verification),
    subjects,
    elapsedMs: performance.now() - started,
  });
}

async function hasGolden(directory: string): Promise<boolean> {
  try {
    await access(join(directory, 'golden.json'));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw new TilewrightError(
      'file-malformed',
      `The golden in ${directory} cannot be looked at.`,
      'Check its permissions.',
      { file: directory },
      { cause: error },
    );
  }
}

function summary({ compared, maxAbsoluteError, firstDifference }: VerificationResult): GoldenVerification {
  const failure = firstDifference && {
    subject: 'tap' in firstDifference ? `${firstDifference.case} ${firstDifference.tap}` : firstDifference.kind,
    message: firstDifference.message,
  };
  return {
    compared: compared.taps + compared.greedyTokens + compared.tokenizerCases + compared.digests,
    comparedElements: compared.elements,
    maxAbsoluteError,
    failure,
  };
}

import type { KernelConfig } from '../plan/plan.ts';
import type { PlanEdit } from '../plan/plan-edit.ts';
import type { Diagnostic } from '../target/diagnostic.ts';
import type { Timing } from '../target/timing.ts';

/**
 * What an agent may look at or try out beside its observation. Nothing here changes the deployment, none of it is an
 * attempt, and none of it judges.
 */
export interface Instruments {
  readonly skills: readonly SkillText[];
  /** Applies edits to the plan of the observation, lowers, compiles, and estimates where the target can. */
  readonly preview: (edits: readonly PlanEdit[], signal?: AbortSignal) => Promise<EditPreview>;
  /** Ranks configurations of a registry kernel at a shape. Throws `kernel-unknown`, `shape-unsupported`, `usage`. */
  readonly searchKernels?: (query: KernelQuery, signal?: AbortSignal) => Promise<KernelRanking>;
}

/** A skill as its front matter names it, with the whole SKILL.md. */
export interface SkillText {
  readonly id: string;
  readonly kind: 'optimization' | 'debug';
  readonly description: string;
  readonly doc: string;
}

export type EditPreview =
  /** They do not fit the plan, or leave one that cannot be lowered. */
  | { readonly kind: 'impossible'; readonly reason: string }
  | { readonly kind: 'does-not-compile'; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly kind: 'compiles';
      readonly dispatches: { readonly before: number; readonly after: number };
      /** Of a full prefill and of one token; null where the target cannot estimate without running. */
      readonly times: null | {
        readonly timing: Timing['kind'];
        readonly prefillUs: { readonly before: number; readonly after: number };
        readonly tokenUs: { readonly before: number; readonly after: number };
      };
    };

export interface KernelQuery {
  /** The registry's name. */
  readonly kernel: string;
  readonly shape: Readonly<Record<string, number>>;
  /** Settings that are decided already. */
  readonly fixed?: KernelConfig;
  /** How many to list. */
  readonly top: number;
}

export interface KernelRanking {
  readonly kernel: string;
  readonly shape: Readonly<Record<string, number>>;
  /** The fastest by estimate first. */
  readonly configurations: readonly {
    readonly config: KernelConfig;
    readonly estimatedUs: number;
    readonly boundBy: string;
    /** A published measurement of exactly this configuration, by its id. */
    readonly publishedRow: { readonly id: string; readonly us: number } | null;
  }[];
}

import type { PlanEdit } from '../plan/plan-edit.ts';
import type { Timing } from '../target/timing.ts';

/** One change that phase 4 or 5 tried, kept or not. Times are of what the phase optimises: a prefill, or one token. */
export interface OptimizationAttempt {
  /** From 1, over both phases. */
  readonly attempt: number;
  readonly phase: number;
  /** The proposal's id, or `authored` for edits that no skill proposed. */
  readonly proposal: string;
  readonly skill: string | null;
  readonly summary: string;
  /** Why the agent tried it. */
  readonly reason: string;
  /** Lessons that the agent cited. */
  readonly cites: readonly string[];
  readonly edits: readonly PlanEdit[];
  readonly expectedGainUs: number | null;
  readonly timing: Timing['kind'];
  readonly beforeUs: number;
  /** Null where the changed plan could not be timed. */
  readonly afterUs: number | null;
  readonly kept: boolean;
  /** One line; null if it was kept. */
  readonly rejection: string | null;
  /** Digest of the plan that stood after the attempt. */
  readonly planDigest: string;
}

/** `perf_opt_traj.json`: every attempt in order. */
export interface OptimizationTrajectory {
  readonly specificationVersion: 'v1';
  readonly attempts: readonly OptimizationAttempt[];
}

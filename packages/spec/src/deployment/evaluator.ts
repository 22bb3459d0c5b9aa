import type { MatrixEngine } from '../matrix/matrix-engine.ts';
import type { Target } from '../target/target.ts';
import type { EvaluationReport } from './evaluation-report.ts';

export interface EvaluationRequest {
  /** The workspace that `deploy` wrote. Only its plan is taken at its word, as the thing to judge. */
  readonly workspace: string;
  /** The model, from whoever asks for the judgement, not from the workspace. */
  readonly modelDirectory: string;
  readonly target: Target;
  /** Lengths that whoever asks needs at least; a plan for shorter ones fails. By default the plan's own are judged. */
  readonly atLeast?: { readonly promptTokens?: number; readonly contextTokens?: number };
  /** What the oracle multiplies with, and how many bytes of widened weights it may keep. Default: neither. */
  readonly oracle?: { readonly engine?: MatrixEngine; readonly weightCacheBytes?: number };
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

/** Judges a deployment anew, in a process that runs nothing of the deployer's. */
export interface Evaluator {
  evaluate(request: EvaluationRequest): Promise<EvaluationReport>;
}

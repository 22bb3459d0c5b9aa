import type { ModelSpec } from './model-spec.ts';
import type { Tap, Tensor } from './tensor.ts';

export interface ForwardRequest {
  /** At least one token; each in [0, vocabularySize). */
  readonly tokens: readonly number[];
  /** Full tap names to deliver; `'all'` delivers everything; absent delivers none. */
  readonly taps?: 'all' | ReadonlySet<string>;
  /** Called with each tap as it is computed; the tensor is not kept and not reused. */
  readonly onTap?: (tap: Tap) => void | Promise<void>;
  /** Which positions get logits. Default `last`. */
  readonly logits?: 'last' | 'all';
  readonly signal?: AbortSignal;
}

/**
 * A running sequence with its KV cache. `forward` appends tokens and computes them: a prefill is
 * the first call, a decode step a call with one token.
 */
export interface OracleSequence {
  readonly length: number;
  /** Logits, [1 or tokens, vocabularySize]. */
  forward(request: ForwardRequest): Promise<Tensor>;
  /** Rotated keys and values so far of one layer, [length, keyValueHeads, headDim]. */
  keyValues(layer: number): { readonly keys: Tensor; readonly values: Tensor };
}

/** The CPU FP32 truth. Deterministic: the same tokens give the same bits. */
export interface Oracle {
  readonly specificationVersion: 'v1';
  readonly model: ModelSpec;
  /** What multiplies: the id of a `MatrixEngine`. Absent where each op is plain TypeScript with float64 sums. */
  readonly engine?: string;
  start(): OracleSequence;
}

import type { StorageFormat } from '../number/storage-format.ts';

export type ModelFamily = 'llama' | 'mistral' | 'qwen2' | 'qwen3';

/** Rotary embedding. `llama3` is the frequency-dependent scaling of Llama 3.1 and later. */
export interface RopeSpec {
  readonly theta: number;
  readonly scaling:
    | { readonly type: 'none' }
    | {
        readonly type: 'llama3';
        readonly factor: number;
        readonly lowFrequencyFactor: number;
        readonly highFrequencyFactor: number;
        readonly originalMaxPositions: number;
      };
}

/** A decoder-only transformer, as far as shapes and arithmetic depend on it. Sizes are elements. */
export interface ModelSpec {
  readonly specificationVersion: 'v1';
  readonly family: ModelFamily;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly vocabularySize: number;
  readonly maxPositions: number;
  readonly rmsNormEpsilon: number;
  readonly rope: RopeSpec;
  readonly activation: 'silu';
  /** `window: null` is full attention; a number would be a sliding window, which nothing supports yet. */
  readonly attention: { readonly mask: 'causal'; readonly window: number | null };
  readonly tiedHead: boolean;
  readonly bias: { readonly qkv: boolean; readonly output: boolean; readonly mlp: boolean };
  readonly qkNorm: boolean;
  /** How the checkpoint stores its weights; null where a configuration came without weights. */
  readonly weightFormat: StorageFormat | null;
  readonly beginOfTextToken: number | null;
  readonly endOfTextTokens: readonly number[];
}

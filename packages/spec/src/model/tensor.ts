import type { StorageFormat } from '../number/storage-format.ts';

/** A dense row-major FP32 tensor: what the oracle computes with and what gates compare. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** One stored weight: where it is and in what form, without its values. */
export interface WeightInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly format: StorageFormat;
}

/**
 * The weights of a model, read on demand under our names (`layers.0.q_proj.weight`). Matrices keep
 * the checkpoint's layout, [out, in]. Quantised encodings will be further sources, not further names.
 */
export interface WeightSource {
  /** Binds a deployment to these weights: a digest of names, shapes, formats and contents. */
  digest(signal?: AbortSignal): Promise<string>;
  list(): readonly WeightInfo[];
  /** The values, widened to FP32. Throws `tensor-missing`, `file-truncated`. */
  read(name: string, signal?: AbortSignal): Promise<Tensor>;
  /**
   * Rows `first` … `first + rows − 1` along the first axis, for sources that can read a part. They may be put into
   * `out`, which has their length, to spare the memory. Throws as `read` does.
   */
  readRows?(name: string, first: number, rows: number, signal?: AbortSignal, out?: Float32Array): Promise<Tensor>;
  close(): Promise<void>;
}

/** Text to tokens and back. */
export interface Tokenizer {
  /** With the begin-of-text token where the model has one. */
  encode(text: string): number[];
  decode(tokens: readonly number[]): string;
}

/** The value of one named point of a forward pass: `layers.0.q_rope`, shape [tokens, heads, headDim]. */
export interface Tap {
  readonly name: string;
  readonly value: Tensor;
}

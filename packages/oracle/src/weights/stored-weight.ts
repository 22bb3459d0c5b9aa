import type { WeightInfo } from '@tilewright/spec';

/** One weight of a model where it is stored, whatever the file's format: read by rows, and as bytes for the digest. */
export interface StoredWeight extends WeightInfo {
  /** The file, and the tensor's name in it, for messages. */
  readonly file: string;
  readonly tensor: string;
  /** How the bytes are to be understood, as the digest has it: `bf16`, `q4_k`. */
  readonly encoding: string;
  /**
   * `count` rows from `first` on, widened to FP32, flat; not checked to be finite. They may be put into `out`, which has
   * their length, to spare the memory. Throws `file-truncated`.
   */
  rows(first: number, count: number, signal?: AbortSignal, out?: Float32Array): Promise<Float32Array>;
  /** The bytes as they are stored, in pieces that are valid until the next is asked for. */
  bytes(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

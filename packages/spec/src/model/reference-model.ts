import type { OracleSequence } from './oracle.ts';

/**
 * Another implementation of a model, which the oracle is held against: Hugging Face transformers. It may show fewer taps
 * than the oracle has; of those it has, names, shapes and meaning are the oracle's.
 */
export interface ReferenceModel {
  readonly specificationVersion: 'v1';
  /** What it is, with versions: `transformers 5.23.0 with torch 2.15.0, FP32 on the CPU, eager attention`. */
  readonly name: string;
  /** In no particular order. `states` are few: the embedding, each layer's output, the final norm. `kernels` are all. */
  taps(scope: 'states' | 'kernels'): readonly string[];
  /** Starting a sequence ends the one before it. */
  start(): ReferenceSequence;
}

export type ReferenceSequence = Pick<OracleSequence, 'length' | 'forward'>;

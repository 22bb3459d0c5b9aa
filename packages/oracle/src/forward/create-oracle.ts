import type { ModelSpec, Oracle, WeightSource } from '@tilewright/spec';
import { ropeFrequencies } from '../ops/rope-frequencies.ts';
import { Sequence, type SequenceResources } from './sequence.ts';
import { tapNames } from './tap-names.ts';
import { WeightCache } from './weight-cache.ts';

export interface OracleOptions {
  /** How many bytes of weights, widened to FP32, are kept between forward passes. Default 256 MiB. */
  readonly weightCacheBytes?: number;
}

const DEFAULT_WEIGHT_CACHE_BYTES = 256 * 1024 * 1024;

/** The FP32 reference of a model over any source of its weights, which the caller closes. */
export function createOracle(model: ModelSpec, weights: WeightSource, options: OracleOptions = {}): Oracle {
  const resources: SequenceResources = {
    model,
    weights: new WeightCache(weights, options.weightCacheBytes ?? DEFAULT_WEIGHT_CACHE_BYTES),
    ropeFrequencies: ropeFrequencies(model.rope, model.headDim),
    tapNames: new Set(tapNames(model)),
  };
  return { specificationVersion: 'v1', model, start: () => new Sequence(resources) };
}

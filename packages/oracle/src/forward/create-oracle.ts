import type { MatrixEngine, ModelSpec, Oracle, WeightSource } from '@tilewright/spec';
import { ropeFrequencies } from '../ops/rope-frequencies.ts';
import { Sequence, type SequenceResources } from './sequence.ts';
import { tapNames } from './tap-names.ts';
import { WeightCache } from './weight-cache.ts';

export interface OracleOptions {
  /** How many bytes of weights, widened to FP32, are kept between forward passes. Default 0: they are read as they are used. */
  readonly weightCacheBytes?: number;
  /** What multiplies, or computes whole ops; the caller closes it. Default: the readable implementations alone. */
  readonly engine?: MatrixEngine;
}

/** The FP32 reference of a model over any source of its weights, which the caller closes. */
export function createOracle(model: ModelSpec, weights: WeightSource, options: OracleOptions = {}): Oracle {
  const resources: SequenceResources = {
    model,
    weights: new WeightCache(weights, options.weightCacheBytes ?? 0),
    engine: options.engine,
    ropeFrequencies: ropeFrequencies(model.rope, model.headDim),
    tapNames: new Set(tapNames(model)),
  };
  const engine = options.engine && { engine: options.engine.id };
  return { specificationVersion: 'v1', model, ...engine, start: () => new Sequence(resources) };
}

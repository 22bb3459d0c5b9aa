import {
  type DeployedModel,
  layerOps,
  type ModelSpec,
  type Oracle,
  seededRandom,
  type WeightSource,
} from '@tilewright/spec';
import { NoisySequence } from './noisy-sequence.ts';

export interface NoisyDeploymentOptions {
  readonly model: ModelSpec;
  readonly weights: WeightSource;
  /** Of the noise. */
  readonly seed: number;
  /**
   * Standard deviation of a GEMM's error relative to its row's root mean square; about 0.01 on hardware. Other
   * kernels err more or less in the proportion of their published accuracies.
   */
  readonly relativeNoise: number;
}

/**
 * A deployment without a device: the op graph in plain loops, each kernel's result disturbed and stored
 * as bf16. It honours taps, teacher forcing and the KV cache as a real one must, so that gates and their
 * mutants can be tried in milliseconds. Written apart from the oracle.
 */
export function noisyDeployment({ model, weights, seed, relativeNoise }: NoisyDeploymentOptions): DeployedModel {
  const random = seededRandom(seed);
  const taps = layerOps(model).map((op) => op.output);
  return {
    model,
    taps: () => taps,
    start: () => new NoisySequence(model, weights, { random, relative: relativeNoise }),
    close: async () => {},
  };
}

/** The same without noise, as a stand-in for the oracle where that may not be imported. */
export function plainOracle(model: ModelSpec, weights: WeightSource): Oracle {
  const quiet = { random: seededRandom(0), relative: 0 };
  return { specificationVersion: 'v1', model, start: () => new NoisySequence(model, weights, quiet) };
}

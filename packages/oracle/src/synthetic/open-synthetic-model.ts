import { type ModelSpec, TilewrightError } from '@tilewright/spec';
import { readModelSpec } from '../config/read-model-spec.ts';
import { createOracle, type OracleOptions } from '../forward/create-oracle.ts';
import type { OpenModel } from '../open-model.ts';
import { type SyntheticOptions, type SyntheticWeights, syntheticWeights } from './synthetic-weights.ts';

/** A model of a configuration alone. */
export interface OpenSyntheticModel extends OpenModel {
  readonly weights: SyntheticWeights;
}

/**
 * Opens a configuration (a `config.json`, or the directory that holds one) with synthetic weights: the shapes and the
 * arithmetic of a model, and nothing that it has learnt. Throws what `readModelSpec` throws.
 */
export async function openSyntheticModel(
  configuration: string,
  options: OracleOptions & SyntheticOptions = {},
): Promise<OpenSyntheticModel> {
  const spec: ModelSpec = { ...(await readModelSpec(configuration)), weightFormat: 'bf16' };
  const weights = syntheticWeights(spec, options);
  let digest: string | undefined;
  return {
    directory: configuration,
    spec,
    weights,
    oracle: createOracle(spec, weights, options),
    digest: async (signal) => {
      digest ??= await weights.digest(signal);
      return digest;
    },
    tokenizer: async () => {
      throw new TilewrightError(
        'tokenizer-unusable',
        `Synthetic weights for ${configuration} have no tokenizer.`,
        'Give tokens by number.',
        { file: configuration },
      );
    },
    close: () => weights.close(),
  };
}

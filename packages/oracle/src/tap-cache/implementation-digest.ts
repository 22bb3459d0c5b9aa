import { createHash } from 'node:crypto';
import type { ModelSpec } from '@tilewright/spec';
import { createOracle, type OracleOptions } from '../forward/create-oracle.ts';
import { syntheticWeights } from '../synthetic/synthetic-weights.ts';

/** To be raised with any change of an op that the probe below would not see. */
const VERSION = 1;

/** Has every op, and a head of odd width. */
const PROBE: ModelSpec = {
  specificationVersion: 'v1',
  family: 'qwen3',
  layers: 2,
  hiddenSize: 46,
  intermediateSize: 74,
  heads: 6,
  keyValueHeads: 2,
  headDim: 14,
  vocabularySize: 61,
  maxPositions: 64,
  rmsNormEpsilon: 1e-6,
  rope: {
    theta: 10000,
    scaling: { type: 'llama3', factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 32 },
  },
  activation: 'silu',
  attention: { mask: 'causal', window: null },
  tiedHead: false,
  bias: { qkv: true, output: true, mlp: true },
  qkNorm: true,
  weightFormat: 'bf16',
  beginOfTextToken: null,
  endOfTextTokens: [],
};

/**
 * What tells one implementation of the ops from another: a digest of all that it computes for a small model. Where an
 * op is changed, or another engine multiplies, so is this, and what was cached before is not found any more.
 */
export async function implementationDigest(options: OracleOptions): Promise<string> {
  const hash = createHash('sha256').update(`oracle ${VERSION} ${options.engine?.id ?? 'readable'}\n`);
  const sequence = createOracle(PROBE, syntheticWeights(PROBE), options).start();
  for (const tokens of [[1, 60, 7, 7, 30], [12]]) {
    await sequence.forward({
      tokens,
      taps: 'all',
      logits: 'all',
      onTap: ({ name, value }) => {
        hash.update(`${name} [${value.shape.join(',')}]\n`).update(value.data);
      },
    });
  }
  return hash.digest('hex');
}

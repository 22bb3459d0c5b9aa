import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { blockGate, type GateRequest, kernelGate, modelGate } from '@tilewright/gates';
import { type OpenModel, openModel } from '@tilewright/oracle';
import type { DeployedModel, GateReport, Tensor, WeightSource } from '@tilewright/spec';
import { MUTANTS, noisyDeployment } from '@tilewright/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const goldens = fileURLToPath(new URL('../test-data/goldens/', import.meta.url));
const directories = [
  fileURLToPath(new URL('../models/tiny-llama', import.meta.url)),
  ...readdirSync(goldens, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${goldens}${name}`),
];
/** Mean relative L1 error of a GEMM on hardware, as published; testkit scales other kernels by theirs. */
const GEMM_ERROR = 0.0095;
const HONEST_SEEDS = Array.from({ length: 20 }, (_, i) => 1000 + 7 * i);

/** Keeps what was read: a deployment without a device reads its weights at every step. */
function remembered(weights: WeightSource): WeightSource {
  const kept = new Map<string, Promise<Tensor>>();
  return {
    digest: () => weights.digest(),
    list: () => weights.list(),
    close: async () => {},
    read: (name) => {
      const tensor = kept.get(name) ?? weights.read(name);
      kept.set(name, tensor);
      return tensor;
    },
  };
}

describe.each(directories)('gates on %s', (directory) => {
  let model: OpenModel;
  let deployed: (seed: number) => DeployedModel;
  let gates: Record<'kernels' | 'blocks' | 'model', (deployed: DeployedModel, seed: number) => Promise<GateReport>>;
  beforeAll(async () => {
    model = await openModel(directory);
    const weights = remembered(model.weights);
    deployed = (seed) => noisyDeployment({ model: model.spec, weights, seed, relativeNoise: GEMM_ERROR });
    const request = (candidate: DeployedModel, seed: number): GateRequest => ({
      oracle: model.oracle,
      deployed: candidate,
      seeds: [seed],
      promptTokens: 40,
      subjects: {},
    });
    gates = {
      kernels: (candidate, seed) => kernelGate({ ...request(candidate, seed), decodeSteps: 1 }),
      blocks: (candidate, seed) => blockGate({ ...request(candidate, seed), decodeSteps: 1 }),
      model: (candidate, seed) => modelGate(request(candidate, seed)),
    };
  });
  afterAll(() => model.close());

  it.each(['kernels', 'blocks', 'model'] as const)(
    'the gate for %s accepts 20 honest seeds',
    async (name) => {
      const accused: string[] = [];
      for (const seed of HONEST_SEEDS) {
        const { verdict, failures } = await gates[name](deployed(seed), seed);
        if (verdict !== 'pass') accused.push(`seed ${seed}: ${JSON.stringify(failures)}`);
      }
      expect(accused).toEqual([]);
    },
    120_000,
  );

  describe.each(['kernels', 'blocks', 'model'] as const)('the gate for %s', (name) => {
    it.each(MUTANTS)('rejects $name', async ({ of }) => {
      const report = await gates[name](of(deployed(1)), 1);
      expect(report.verdict).toBe('fail');
      expect(report.firstDeviation).not.toBeNull();
    });
  });
});

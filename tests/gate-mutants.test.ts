import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { blockGate, type GateRequest, kernelGate, modelGate } from '@tilewright/gates';
import { lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { deployModel } from '@tilewright/npu-runtime';
import { type OpenModel, openModel } from '@tilewright/oracle';
import type { DeployedModel, GateReport } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { MUTANTS } from '@tilewright/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const models = fileURLToPath(new URL('../models/', import.meta.url));
const goldens = fileURLToPath(new URL('../test-data/goldens/', import.meta.url));
const names = readdirSync(goldens, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
/** Each shape of model once: odd sizes, biases, QK norm. The trained one takes fifty times as long as these. */
const THOROUGH = ['llama-unaligned', 'qwen2-bias', 'qwen3-qknorm'];
const cases = [
  { name: 'tiny-llama', directory: `${models}tiny-llama`, honestSeeds: 3, mutants: MUTANTS },
  ...names.map((name) => {
    const isThorough = THOROUGH.includes(name);
    return {
      ...{ name, directory: `${goldens}${name}` },
      ...{ honestSeeds: isThorough ? 20 : 5, mutants: isThorough ? MUTANTS : [] },
    };
  }),
];
const GATES = ['kernels', 'blocks', 'model'] as const;

describe.each(cases)('gates on the simulated $name', ({ directory, honestSeeds, mutants }) => {
  let model: OpenModel;
  let deployed: DeployedModel;
  let gates: Record<(typeof GATES)[number], (candidate: DeployedModel, seed: number) => Promise<GateReport>>;
  beforeAll(async () => {
    model = await openModel(directory);
    const target = xdna2Simulator();
    const plan = naivePlan(model.spec, target.device, { prefillLength: 64, contextLength: 128 });
    const compiled = await target.compile(lowerPlan(plan, target.device));
    deployed = await deployModel({ plan, compiled, target, weights: model.weights });
    const request = (candidate: DeployedModel, seed: number): GateRequest => ({
      ...{ oracle: model.oracle, deployed: candidate, seeds: [seed], promptTokens: 45, subjects: {} },
    });
    gates = {
      kernels: (candidate, seed) => kernelGate({ ...request(candidate, seed), decodeSteps: 1 }),
      blocks: (candidate, seed) => blockGate({ ...request(candidate, seed), decodeSteps: 1 }),
      model: (candidate, seed) => modelGate(request(candidate, seed)),
    };
  });
  afterAll(async () => {
    await deployed.close();
    await model.close();
  });

  it.each(GATES)(
    `the gate for %s accepts ${honestSeeds} honest seeds`,
    async (gate) => {
      const accused: string[] = [];
      for (let seed = 1; seed <= honestSeeds; seed++) {
        const { verdict, failures } = await gates[gate](deployed, seed);
        if (verdict !== 'pass') accused.push(`seed ${seed}: ${JSON.stringify(failures)}`);
      }
      expect(accused).toEqual([]);
    },
    120_000,
  );

  describe.skipIf(mutants.length === 0).each(GATES)('the gate for %s', (gate) => {
    it.each(mutants)(
      'rejects $name',
      async ({ of }) => {
        const report = await gates[gate](of(deployed), 1);
        expect(report.verdict).toBe('fail');
        expect(report.firstDeviation).not.toBeNull();
      },
      60_000,
    );
  });
});

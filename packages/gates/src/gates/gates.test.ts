import { type DeployedModel, type ModelSpec, RuntimeFault } from '@tilewright/spec';
import { MUTANTS, noisyDeployment, plainOracle, randomWeights } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { blockGate } from './block-gate.ts';
import { kernelGate } from './kernel-gate.ts';
import { modelGate } from './model-gate.ts';

const model: ModelSpec = {
  specificationVersion: 'v1',
  family: 'qwen3',
  layers: 2,
  hiddenSize: 64,
  intermediateSize: 96,
  heads: 4,
  keyValueHeads: 2,
  headDim: 16,
  vocabularySize: 128,
  maxPositions: 128,
  rmsNormEpsilon: 1e-6,
  rope: { theta: 10000, scaling: { type: 'none' } },
  activation: 'silu',
  attention: { mask: 'causal', window: null },
  tiedHead: false,
  bias: { qkv: true, output: false, mlp: false },
  qkNorm: true,
  weightFormat: 'f32',
  beginOfTextToken: 0,
  endOfTextTokens: [1],
};
const weights = randomWeights(model, 3);
const oracle = plainOracle(model, weights);
const honest = noisyDeployment({ model, weights, seed: 4, relativeNoise: 0.01 });
const common = { oracle, seeds: [5], promptTokens: 40, subjects: { model: 'random' } };
const gates = {
  kernels: (deployed: DeployedModel) => kernelGate({ ...common, deployed, decodeSteps: 2 }),
  blocks: (deployed: DeployedModel) => blockGate({ ...common, deployed, decodeSteps: 2 }),
  model: (deployed: DeployedModel) => modelGate({ ...common, deployed }),
};

describe.each(Object.entries(gates))('the gate for %s', (_, gate) => {
  it('accepts an honest deployment and says what it compared', async () => {
    const report = await gate(honest);
    expect(report.failures).toEqual([]);
    expect(report.verdict).toBe('pass');
    expect(report.firstDeviation).toBeNull();
    expect(report.evidence.madeComparisons).toBe(report.evidence.plannedComparisons);
    expect(report.evidence.comparedElements).toBeGreaterThan(10_000);
    expect(report.evidence).toMatchObject({ seeds: [5], subjects: { model: 'random' } });
  });

  it.each(MUTANTS)('rejects $name', async ({ of }) => {
    const report = await gate(of(honest));
    expect(report.verdict).toBe('fail');
    expect(report.firstDeviation).not.toBeNull();
  });

  it('does not pass when a value is withheld', async () => {
    const withheld = 'layers.1.k_rope';
    const silent: DeployedModel = {
      ...honest,
      start: () => {
        const sequence = honest.start();
        return {
          ...{ length: 0, profile: sequence.profile },
          setKeyValues: (layer, keys, values) => sequence.setKeyValues(layer, keys, values),
          forward: (request) =>
            sequence.forward({
              ...request,
              onTap: (tap) => (tap.name === withheld ? undefined : request.onTap?.(tap)),
            }),
        };
      },
    };
    const report = await gate(silent);
    expect(report.verdict).toBe('inconclusive');
    expect(report.failures[0]).toMatchObject({ kind: 'missing-comparison', subject: `prefill ${withheld}` });
    expect(report.evidence.madeComparisons).toBeLessThan(report.evidence.plannedComparisons);
  });

  it('books a fault of the device as a failure', async () => {
    const dump = { actors: [], locks: [], channels: [] };
    const stuck: DeployedModel = {
      ...honest,
      start: () => ({
        ...{ length: 0, profile: { entries: [] } },
        setKeyValues: () => {},
        forward: () => Promise.reject(new RuntimeFault('timeout', 'prefill/q_proj', 'nothing moves', dump)),
      }),
    };
    const report = await gate(stuck);
    expect(report.verdict).toBe('fail');
    expect(report.failures).toContainEqual(
      expect.objectContaining({ kind: 'runtime-fault', subject: 'prefill/q_proj' }),
    );
  });

  it('stops when it is asked to', async () => {
    const signal = AbortSignal.abort();
    const request = { ...common, deployed: honest, decodeSteps: 1, signal };
    await expect(kernelGate(request)).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('what a gate finds', () => {
  it('is named by kernel, layer and section, the first in execution order', async () => {
    const [scaled, , rope, tile, layer] = MUTANTS.map(({ of }) => of(honest)) as DeployedModel[];
    expect((await gates.kernels(scaled)).firstDeviation).toEqual({ layer: 0, kernel: 'o_proj', section: 'prefill' });
    expect((await gates.blocks(rope)).firstDeviation).toEqual({ layer: 0, kernel: 'q_rope', section: 'prefill' });
    expect((await gates.model(tile)).firstDeviation).toEqual({ layer: 1, kernel: 'gate_proj', section: 'prefill' });
    expect((await gates.model(layer)).firstDeviation).toEqual({ layer: 1, kernel: 'output', section: 'prefill' });
  });

  it('isolates kernels: nothing but the scaled one is accused', async () => {
    const report = await gates.kernels(MUTANTS[0].of(honest));
    const accused = new Set(report.comparisons.filter(({ passed }) => !passed).map(({ subject }) => subject));
    expect([...accused].sort()).toEqual([
      'decode layers.0.o_proj',
      'decode layers.1.o_proj',
      'prefill layers.0.o_proj',
      'prefill layers.1.o_proj',
    ]);
  });

  it('plans with given prompts too', async () => {
    const prompts = [{ name: 'short', tokens: [0, 5, 7] }];
    const report = await kernelGate({ ...common, deployed: honest, decodeSteps: 1, prompts });
    const alone = await kernelGate({ ...common, deployed: honest, decodeSteps: 1 });
    expect(report.evidence.plannedComparisons).toBe(2 * alone.evidence.plannedComparisons);
    expect(report.verdict).toBe('pass');
  });
});

describe('kernels of several ops', () => {
  const without = (taps: readonly string[]): DeployedModel => ({
    ...honest,
    taps: (section) => honest.taps(section).filter((tap) => section === 'prefill' || !taps.includes(tap)),
  });
  const expectedOf = (deployed: DeployedModel) => kernelGate({ ...common, deployed, decodeSteps: 2 });

  it('are compared by what leaves them, where what is inside is read by nothing else', async () => {
    const inside = ['post_attention_norm', 'gate_proj', 'up_proj'];
    const fused: DeployedModel = {
      ...without(inside),
      inside: (section) => (section === 'decode' ? [{ tap: 'silu_mul', inside }] : []),
    };
    const report = await expectedOf(fused);
    expect(report.failures).toEqual([]);
    expect(report.verdict).toBe('pass');
    const rules = report.comparisons.filter(({ subject }) => subject === 'decode layers.1.silu_mul');
    expect(rules.map(({ rule }) => rule)).toEqual(['kernels.silu-mul, post_attention_norm, gate_proj, up_proj inside']);
    // Without the claim the same deployment hides something.
    expect((await expectedOf(without(inside))).verdict).toBe('inconclusive');
  });

  it.each([
    ['the cache reads', 'output', 'v_proj'],
    ['is the result itself', 'output', 'output'],
    ['another kernel reads', 'output', 'attention_residual'],
    ['comes after', 'o_proj', 'down_proj'],
  ])('cannot hide what %s', async (_, tap, hidden) => {
    const liar: DeployedModel = { ...without([hidden]), inside: () => [{ tap, inside: [hidden] }] };
    expect((await expectedOf(liar)).verdict).toBe('inconclusive');
  });
});

import type { ModelSpec, Oracle, ReferenceModel } from '@tilewright/spec';
import { layerOps, layerTap } from '@tilewright/spec';
import { plainOracle, randomWeights } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { positionsAtOnce, type ReferenceComparison } from './compare-reference.ts';
import { oracleGate } from './oracle-gate.ts';
import { randomTokens } from './trial.ts';

const verification = {
  madeBy: 'transformers',
  compared: 40,
  comparedElements: 4000,
  maxAbsoluteError: 1e-5,
  failure: null,
};
const common = { subjects: {}, golden: null, comparison: null };

describe('beside a golden file', () => {
  it('passes when all of the golden was compared, and says who made it', async () => {
    const report = await oracleGate({ ...common, golden: verification });
    expect(report).toMatchObject({ verdict: 'pass', failures: [] });
    expect(report.evidence).toMatchObject({
      madeComparisons: 40,
      comparedElements: 4000,
      references: ['golden file made by transformers'],
    });
  });

  it('fails with the golden', async () => {
    const failure = { subject: 'short layers.0.q_rope', message: 'off by 0.1' };
    const report = await oracleGate({ ...common, golden: { ...verification, failure } });
    expect(report.verdict).toBe('fail');
    expect(report.summary).toContain('off by 0.1');
  });

  it('is inconclusive when the golden has nothing to compare', async () => {
    const golden = { ...verification, compared: 0 };
    expect((await oracleGate({ ...common, golden })).verdict).toBe('inconclusive');
  });
});

it('says so when there is neither, and why', async () => {
  const report = await oracleGate({ ...common, notes: ['without transformers: no Python'] });
  expect(report.verdict).toBe('pass');
  expect(report.summary).toMatch(/not held against anything\. without transformers: no Python$/);
  expect(report.evidence).toMatchObject({ madeComparisons: 0, references: [] });
});

describe('beside another implementation', () => {
  const model: ModelSpec = {
    specificationVersion: 'v1',
    family: 'qwen3',
    layers: 2,
    hiddenSize: 32,
    intermediateSize: 48,
    heads: 4,
    keyValueHeads: 2,
    headDim: 8,
    vocabularySize: 96,
    maxPositions: 256,
    rmsNormEpsilon: 1e-6,
    rope: { theta: 10000, scaling: { type: 'none' } },
    activation: 'silu',
    attention: { mask: 'causal', window: null },
    tiedHead: false,
    bias: { qkv: false, output: false, mlp: false },
    qkNorm: true,
    weightFormat: 'f32',
    beginOfTextToken: null,
    endOfTextTokens: [],
  };

  function referenceOf(oracle: Oracle, hidden: readonly string[] = []): ReferenceModel {
    const kernels = Array.from({ length: oracle.model.layers }, (_, layer) =>
      layerOps(oracle.model).map(({ output }) => layerTap(layer, output)),
    ).flat();
    const states = ['embedding', ...kernels.filter((name) => name.endsWith('.output')), 'final_norm'];
    return {
      specificationVersion: 'v1',
      name: 'another implementation 1.0',
      taps: (scope) => (scope === 'states' ? states : [...states, ...kernels]),
      start: () => {
        const sequence = oracle.start();
        return {
          length: 0,
          forward: (request) =>
            sequence.forward({
              ...request,
              onTap: (tap) => (hidden.includes(tap.name) ? undefined : request.onTap?.(tap)),
            }),
        };
      },
    };
  }

  function comparison(spec: ModelSpec, given: Partial<ReferenceComparison> = {}): ReferenceComparison {
    const oracle = plainOracle(spec, randomWeights(spec, 3));
    return {
      ...{ oracle, reference: referenceOf(oracle), scope: 'kernels', greedyTokens: 4 },
      prompts: [{ name: 'random', tokens: randomTokens(spec, 7, 5) }],
      ...given,
    };
  }

  it('compares every value and choice of every position', async () => {
    const report = await oracleGate({ ...common, seeds: [5], comparison: comparison(model) });
    expect(report.failures).toEqual([]);
    expect(report.verdict).toBe('pass');
    expect(report.summary).toMatch(/^Held against another implementation 1\.0: /);
    expect(report.evidence.references).toEqual(['another implementation 1.0']);
    // Embedding, every op of two layers, final norm and logits; one prefill and three decode steps.
    const values = 2 * layerOps(model).length + 3;
    expect(report.evidence).toMatchObject({ plannedComparisons: 4 * values, madeComparisons: 4 * values, seeds: [5] });
    expect(report.figures).toContainEqual(expect.objectContaining({ name: 'positions compared', value: 7 + 3 }));
    expect(report.figures).toContainEqual(
      expect.objectContaining({ name: 'identical greedy tokens, random', value: 4 }),
    );
  });

  it('computes some positions at a time, and leaves none out', async () => {
    const widths: number[] = [];
    const { oracle, ...rest } = comparison(model, { scope: 'states', greedyTokens: 0, positionsAtOnce: 3 });
    const watched: Oracle = {
      ...oracle,
      start: () => {
        const sequence = oracle.start();
        return {
          length: 0,
          keyValues: (layer) => sequence.keyValues(layer),
          forward: (request) => {
            widths.push(request.tokens.length);
            return sequence.forward(request);
          },
        };
      },
    };
    const report = await oracleGate({ ...common, comparison: { ...rest, oracle: watched } });
    expect(report.failures).toEqual([]);
    expect(widths).toEqual([3, 3, 1]);
    expect(report.evidence.madeComparisons).toBe(widths.length * (2 + 3));
  });

  it('takes as many positions as 128 MiB hold', () => {
    const wide = { ...model, vocabularySize: 128_256, hiddenSize: 2048, layers: 16 };
    expect(positionsAtOnce(wide, 'states')).toBe(Math.floor(2 ** 25 / (128_256 + 16 * 2048)));
    expect(positionsAtOnce(wide, 'kernels')).toBeLessThan(positionsAtOnce(wide, 'states'));
    expect(positionsAtOnce({ ...wide, vocabularySize: 2 ** 26 }, 'states')).toBe(1);
    expect(positionsAtOnce(model, 'kernels')).toBe(512);
  });

  it('names the first value that differs', async () => {
    const weights = randomWeights(model, 3);
    const other = {
      ...weights,
      read: async (name: string) => {
        const tensor = await weights.read(name);
        return name === 'layers.1.k_proj.weight' ? { ...tensor, data: tensor.data.map((x) => 1.01 * x) } : tensor;
      },
    };
    const oracle = plainOracle(model, other);
    const report = await oracleGate({ ...common, comparison: comparison(model, { oracle }) });
    expect(report.verdict).toBe('fail');
    expect(report.firstDeviation).toMatchObject({ layer: 1, section: 'prefill' });
    expect(report.firstDeviation?.kernel).toMatch(/^k_/);
  });

  it('is inconclusive when the other side holds something back', async () => {
    const { reference, oracle, ...rest } = comparison(model);
    const silent = { ...referenceOf(oracle, ['layers.0.up_proj']), name: reference.name };
    const report = await oracleGate({ ...common, comparison: { ...rest, oracle, reference: silent } });
    expect(report.verdict).toBe('inconclusive');
    expect(report.failures[0]).toMatchObject({ kind: 'missing-comparison', subject: 'prefill layers.0.up_proj' });
  });

  it('stops when it is asked to', async () => {
    const stopped = comparison(model, { signal: AbortSignal.abort() });
    await expect(oracleGate({ ...common, comparison: stopped })).rejects.toMatchObject({ code: 'aborted' });
  });
});

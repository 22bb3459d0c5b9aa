import { layerOps, layerTap, type ModelSpec } from '@tilewright/spec';
import { plainOracle, randomWeights } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { ReferenceCall } from './reference-call.ts';

const model: ModelSpec = {
  specificationVersion: 'v1',
  family: 'llama',
  layers: 12,
  hiddenSize: 16,
  intermediateSize: 24,
  heads: 2,
  keyValueHeads: 1,
  headDim: 8,
  vocabularySize: 32,
  maxPositions: 64,
  rmsNormEpsilon: 1e-6,
  rope: { theta: 10000, scaling: { type: 'none' } },
  activation: 'silu',
  attention: { mask: 'causal', window: null },
  tiedHead: true,
  bias: { qkv: false, output: false, mlp: false },
  qkNorm: false,
  weightFormat: 'f32',
  beginOfTextToken: null,
  endOfTextTokens: [],
};
const oracle = plainOracle(model, randomWeights(model, 1));
const outputs = layerOps(model).map(({ output }) => output);
const layers = Array.from({ length: model.layers }, (_, layer) => layer);
const all = ['embedding', ...layers.flatMap((layer) => ['input', ...outputs].map((name) => layerTap(layer, name)))];
const tokens = [1, 2, 3];

describe('a call of the oracle', () => {
  it('holds two layers at most where a deployment compares and is fed in order', async () => {
    const expected = new Map<string, Float32Array>();
    const whole = await oracle.start().forward({
      tokens,
      taps: 'all',
      onTap: ({ name, value }) => void expected.set(name, value.data),
    });
    const call = new ReferenceCall(oracle.start(), { tokens, compared: new Set(all), fed: new Set(all) });
    let most = 0;
    for (const layer of layers) {
      for (const [i, output] of outputs.entries()) {
        for (const input of ['input', ...outputs.slice(0, i)]) {
          const name = layerTap(layer, input);
          expect((await call.value(name))?.data).toEqual(expected.get(name));
        }
        const name = layerTap(layer, output);
        expect((await call.value(name))?.data).toEqual(expected.get(name));
        call.settle(name);
        call.settle(layerTap(layer, 'input'));
        call.settle('embedding');
        most = Math.max(most, call.held);
      }
    }
    expect(await call.logits()).toEqual(whole);
    expect(most).toBeGreaterThan(outputs.length);
    expect(most).toBeLessThanOrEqual(2 * (outputs.length + 1) + 1);
  });

  it('keeps what is still to be compared, however late it comes', async () => {
    const compared = new Set(['layers.0.q_proj', 'layers.11.output']);
    const call = new ReferenceCall(oracle.start(), { tokens, compared, fed: new Set() });
    expect(await call.value('layers.11.output')).toBeDefined();
    expect(call.held).toBe(2);
    expect(await call.value('layers.0.q_proj')).toBeDefined();
    call.settle('layers.0.q_proj');
    expect(call.held).toBe(1);
    expect(await call.value('layers.5.q_proj')).toBeUndefined();
    await call.logits();
  });

  it('does not compute further than it is asked', async () => {
    const names: string[] = [];
    const watched = {
      ...oracle.start(),
      forward: (request: Parameters<ReturnType<typeof oracle.start>['forward']>[0]) =>
        oracle.start().forward({
          ...request,
          onTap: async (tap) => {
            names.push(tap.name);
            await request.onTap?.(tap);
          },
        }),
    };
    const call = new ReferenceCall(watched as never, { tokens, compared: new Set(all), fed: new Set() });
    await call.value('layers.2.q_proj');
    expect(names.at(-1)).toBe('layers.2.q_proj');
    await call.abandon();
    expect(names.at(-1)).toBe('layers.2.q_proj');
  });

  it('throws what the oracle throws, to whoever waits', async () => {
    const call = new ReferenceCall(oracle.start(), {
      tokens,
      compared: new Set(all),
      fed: new Set(),
      signal: AbortSignal.abort(),
    });
    await expect(call.value('layers.3.output')).rejects.toMatchObject({ code: 'aborted' });
    await expect(call.logits()).rejects.toMatchObject({ code: 'aborted' });
  });
});

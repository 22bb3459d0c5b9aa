import { readFileSync } from 'node:fs';
import { compare } from '@tilewright/gates';
import { lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { deployModel } from '@tilewright/npu-runtime';
import { openModel } from '@tilewright/oracle';
import type { DeployedModel, DeployedSequence, Oracle, OracleSequence, Tap, Tensor } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MODELS = [
  'models/tiny-llama',
  ...['llama-gqa', 'llama-mha-tied', 'llama3-rope', 'llama-unaligned', 'llama-bias'].map(
    (name) => `test-data/goldens/${name}`,
  ),
  ...['qwen2-bias', 'qwen3-qknorm', 'qwen3-sharded', 'mistral'].map((name) => `test-data/goldens/${name}`),
];

interface GoldenFile {
  readonly cases: readonly { readonly name: string; readonly tokens: readonly number[] }[];
}

async function tapsOf(
  sequence: OracleSequence | DeployedSequence,
  tokens: readonly number[],
  feed?: (tap: string) => Tensor | undefined,
): Promise<Map<string, Tensor>> {
  const taps = new Map<string, Tensor>();
  const onTap = ({ name, value }: Tap): void => void taps.set(name, { shape: value.shape, data: value.data.slice() });
  await sequence.forward({ tokens, taps: 'all', logits: 'all', onTap, ...(feed === undefined ? {} : { feed }) });
  return taps;
}

function requireClose(
  ours: ReadonlyMap<string, Tensor>,
  truth: ReadonlyMap<string, Tensor>,
  where: string,
  least: number,
): void {
  expect([...ours.keys()], where).toEqual([...truth.keys()]);
  for (const [name, reference] of truth) {
    const tensor = ours.get(name) as Tensor;
    expect(tensor.shape, `${where} ${name}`).toEqual(reference.shape);
    const statistics = compare(reference.data, tensor.data, { width: reference.shape.at(-1) as number });
    expect(statistics.nonFinite.pairs, `${where} ${name}`).toBe(0);
    expect(statistics.correlation, `${where} ${name}`).toBeGreaterThan(least);
    expect(statistics.absoluteError.mean, `${where} ${name}`).toBeLessThan(0.2 * statistics.referenceRootMeanSquare);
  }
}

/** The factor by which `reference` comes nearest to `ours`. */
function slope(ours: Tensor, reference: Tensor): number {
  let [product, square] = [0, 0];
  for (const [i, value] of reference.data.entries()) {
    product += value * (ours.data[i] as number);
    square += value * value;
  }
  return product / square;
}

describe.each(MODELS)('the naive plan of %s on the simulator', (directory) => {
  const { cases } = JSON.parse(readFileSync(`${directory}/golden.json`, 'utf8')) as GoldenFile;
  const tokens = cases.find(({ name }) => name === 'short')?.tokens ?? [];
  let oracle: Oracle;
  let deployed: DeployedModel;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const model = await openModel(directory);
    const target = xdna2Simulator();
    const plan = naivePlan(model.spec, target.device, { prefillLength: 16, contextLength: 64 });
    const compiled = await target.compile(lowerPlan(plan, target.device));
    deployed = await deployModel({ plan, compiled, target, weights: model.weights });
    oracle = model.oracle;
    close = async () => {
      await deployed.close();
      await model.close();
    };
  });

  afterAll(() => close());

  it('comes close to the oracle at every tap, in prefill and in decode', async () => {
    const ours = deployed.start();
    const truth = oracle.start();
    requireClose(await tapsOf(ours, tokens), await tapsOf(truth, tokens), 'prefill', 0.99);
    // Several steps are judged together: with one, a soft tie in a row of attention can weigh a whole tap.
    const next = [3, 5, 9, 12];
    requireClose(await tapsOf(ours, next), await tapsOf(truth, next), 'decode', 0.99);
  });

  it('computes each kernel from what it is fed', async () => {
    const ours = deployed.start();
    const truth = oracle.start();
    for (const [where, step] of [
      ['prefill', tokens],
      ['decode', [7]],
    ] as const) {
      const expected = await tapsOf(truth, step);
      const isolated = await tapsOf(ours, step, (tap) => expected.get(tap));
      requireClose(isolated, expected, `isolated ${where}`, 0.998);
    }
  });

  it('uses what it is fed: a projection of twice its input is twice its output', async () => {
    const truth = await tapsOf(oracle.start(), tokens);
    const fed = truth.get('layers.0.post_attention_norm') as Tensor;
    const twice = { shape: fed.shape, data: fed.data.map((value) => 2 * value) };
    const feed = (tap: string): Tensor | undefined => (tap === 'layers.0.post_attention_norm' ? twice : undefined);
    const taps = await tapsOf(deployed.start(), tokens, feed);
    const projections = ['gate_proj', 'up_proj'].map((tap) => `layers.0.${tap}`);
    for (const base of projections) {
      // Where a bias follows, the product alone is linear.
      const name = taps.has(`${base}.matmul`) ? `${base}.matmul` : base;
      const ratio = slope(taps.get(name) as Tensor, truth.get(name) as Tensor);
      expect(ratio, name).toBeGreaterThan(1.95);
      expect(ratio, name).toBeLessThan(2.05);
    }
  });

  it('decodes what it would prefill', async () => {
    const six = [0, 3, 5, 7, 11, 13].map((token) => tokens[token % tokens.length] as number);
    const whole = deployed.start();
    const all = await whole.forward({ tokens: six, logits: 'all' });
    const parts = deployed.start();
    await parts.forward({ tokens: six.slice(0, 3) });
    const rest = await parts.forward({ tokens: six.slice(3), logits: 'all' });
    const vocabulary = all.shape[1] as number;
    const statistics = compare(all.data.slice(3 * vocabulary), rest.data, { width: vocabulary });
    expect(statistics.correlation).toBeGreaterThan(0.99);
  });
});

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tap } from '@tilewright/spec';
import { describe, expect, it, onTestFinished } from 'vitest';
import { golden } from '../__fixtures__/repository.ts';
import { editTensors } from '../__fixtures__/safetensors.ts';
import { copyModel, temporaryDirectory } from '../__fixtures__/temporary-model.ts';
import { type OpenModelOptions, openModel } from '../open-model.ts';
import { CallStore } from './call-store.ts';

const MODEL = golden('qwen3-sharded');
const CALLS = [[5, 17, 99, 3], [3], [250]];

/** All that a prefill and two decode steps give, and how often a row of a weight was read for it. */
async function run(options: OpenModelOptions, directory = MODEL, taps: 'all' | ReadonlySet<string> = 'all') {
  const model = await openModel(directory, options);
  onTestFinished(() => model.close());
  await model.digest();
  const { readRows, read } = model.weights;
  let reads = 0;
  model.weights.readRows = (...args) => {
    reads++;
    return readRows.apply(model.weights, args);
  };
  model.weights.read = (...args) => {
    reads++;
    return read.apply(model.weights, args);
  };
  const sequence = model.oracle.start();
  const found: Tap[] = [];
  for (const tokens of CALLS) {
    const value = await sequence.forward({ tokens, taps, logits: 'all', onTap: (tap) => void found.push(tap) });
    found.push({ name: 'answer', value });
  }
  for (let layer = 0; layer < model.spec.layers; layer++) {
    const { keys, values } = sequence.keyValues(layer);
    found.push({ name: `keys ${layer}`, value: keys }, { name: `values ${layer}`, value: values });
  }
  return { found, reads, length: sequence.length };
}

async function cacheIn(directory?: string) {
  const place = directory ?? join(await temporaryDirectory(), 'taps');
  const files = async () =>
    (await readdir(place, { recursive: true }))
      .filter((name) => name.endsWith('.taps'))
      .map((name) => join(place, name));
  return { tapCache: { directory: place }, files };
}

function flipped(content: Buffer, at: number): Buffer {
  content[at] ^= 1;
  return content;
}

describe('an oracle that looks up what was computed', () => {
  it('gives the same bits, and computes nothing the second time', async () => {
    const plain = await run({});
    const { tapCache, files } = await cacheIn();
    const first = await run({ tapCache });
    expect(first.found).toEqual(plain.found);
    expect(first.reads).toBeGreaterThan(0);
    const stored = (await files()).length;
    const again = await run({ tapCache });
    expect(again.found).toEqual(plain.found);
    expect(again).toMatchObject({ reads: 0, length: 6 });
    expect(await files()).toHaveLength(stored);
    const few = await run({ tapCache }, MODEL, new Set(['layers.0.q_rope']));
    expect(few.reads).toBe(0);
    expect(few.found.filter(({ name }) => name === 'layers.0.q_rope')).toHaveLength(CALLS.length);
  });

  it('computes what is missing, also where earlier calls were looked up', async () => {
    const plain = await run({});
    const { tapCache } = await cacheIn();
    await run({ tapCache }, MODEL, new Set());
    const more = await run({ tapCache });
    expect(more.found).toEqual(plain.found);
    expect(more.reads).toBeGreaterThan(0);
  });

  it.each<[string, (content: Buffer) => Buffer]>([
    ['a value in the middle changed', (content) => flipped(content, Math.floor(content.length / 3))],
    ['the first value changed', (content) => flipped(content, 1)],
    ['the index changed', (content) => flipped(content, content.length - 300)],
    ['cut short', (content) => content.subarray(0, content.length - 1000)],
    ['empty', () => Buffer.alloc(0)],
    ['no such file at all', () => Buffer.alloc(50_000, 7)],
  ])('recomputes what is damaged, and never uses it: %s', async (_, damage) => {
    const plain = await run({});
    const { tapCache, files } = await cacheIn();
    await run({ tapCache });
    for (const file of await files()) await writeFile(file, damage(await readFile(file)));
    const again = await run({ tapCache });
    expect(again.found).toEqual(plain.found);
    expect(again.reads).toBeGreaterThan(0);
    expect((await run({ tapCache })).reads).toBe(0);
  });

  it('does not take the file of one call for that of another', async () => {
    const plain = await run({});
    const { tapCache, files } = await cacheIn();
    await run({ tapCache });
    const [one = '', two = ''] = await files();
    await writeFile(one, await readFile(two));
    expect((await run({ tapCache })).found).toEqual(plain.found);
  });

  it('does not take the values of other weights, other tokens or another implementation', async () => {
    const { tapCache } = await cacheIn();
    await run({ tapCache });
    const other = await copyModel(golden('llama-gqa'));
    await editTensors(join(other, 'model.safetensors'), (tensors) => {
      const bytes = tensors.get('model.layers.0.mlp.up_proj.weight')?.bytes;
      if (bytes) bytes[0] ^= 1;
    });
    await run({ tapCache }, golden('llama-gqa'));
    const changed = await run({ tapCache }, other);
    expect(changed.reads).toBeGreaterThan(0);
    expect(changed.found).toEqual((await run({}, other)).found);

    const model = await openModel(MODEL, { tapCache });
    onTestFinished(() => model.close());
    const logits = await model.oracle.start().forward({ tokens: [5, 17, 99, 4], logits: 'all' });
    const plain = await openModel(MODEL);
    onTestFinished(() => plain.close());
    expect(logits).toEqual(await plain.oracle.start().forward({ tokens: [5, 17, 99, 4], logits: 'all' }));
  });

  it('refuses what the oracle refuses', async () => {
    const { tapCache } = await cacheIn();
    const model = await openModel(MODEL, { tapCache });
    onTestFinished(() => model.close());
    const sequence = model.oracle.start();
    const taps = new Set(['layers.0.nonsense']);
    await expect(sequence.forward({ tokens: [1], taps, onTap: () => {} })).rejects.toMatchObject({ code: 'usage' });
    await expect(sequence.forward({ tokens: [99999] })).rejects.toMatchObject({ code: 'token-out-of-range' });
    await expect(sequence.forward({ tokens: [] })).rejects.toMatchObject({ code: 'usage' });
    const signal = AbortSignal.abort();
    await expect(sequence.forward({ tokens: [1], signal })).rejects.toMatchObject({ code: 'aborted' });
    await sequence.forward({ tokens: [1] });
    await expect(model.oracle.start().forward({ tokens: [1], signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(() => sequence.keyValues(99)).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(sequence.length).toBe(1);
  });

  it('goes on without where nothing can be written, and says so once', async () => {
    const file = join(await temporaryDirectory(), 'file');
    await writeFile(file, '');
    const reasons: string[] = [];
    const { found } = await run({
      tapCache: { directory: join(file, 'x'), onUnusable: (reason) => void reasons.push(reason) },
    });
    expect(found).toEqual((await run({})).found);
    expect(reasons).toHaveLength(1);
  });
});

describe('the store of taps', () => {
  const tensor = (value: number) => ({ shape: [10, 10], data: new Float32Array(100).fill(value) });
  const call = (i: number) => `${i}`.padStart(64, '0');
  const put = (store: CallStore, i: number, elements = tensor(i)) =>
    store.keep(call(i), null, (add) => add('tap', elements));
  async function get(store: CallStore, i: number) {
    const stored = await store.open(call(i));
    const value = await stored?.read('tap');
    await stored?.close();
    return value ?? null;
  }

  it('keeps within its size, the latest used', async () => {
    const directory = await temporaryDirectory();
    const store = new CallStore({ directory, maxBytes: 3000 });
    for (let i = 0; i < 12; i++) {
      await put(store, i);
      await new Promise((resolve) => setTimeout(resolve, 15));
      expect(await get(store, 0)).toEqual(tensor(0));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    const files = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.taps'));
    expect(files.length).toBeGreaterThan(2);
    expect(files.length).toBeLessThanOrEqual(5);
    expect(await get(store, 11)).toEqual(tensor(11));
    expect(await get(store, 4)).toBeNull();
    await put(store, 99, { shape: [1000], data: new Float32Array(1000) });
    expect(await get(store, 99)).toBeNull();
  });

  it('leaves nothing of a call that did not end', async () => {
    const directory = await temporaryDirectory();
    const store = new CallStore({ directory });
    const failing = store.keep(call(1), null, async (add) => {
      await add('tap', tensor(1));
      throw new Error('stopped');
    });
    await expect(failing).rejects.toThrow('stopped');
    expect(await readdir(join(directory, '00'))).toEqual([]);
    await put(store, 1, tensor(Number.NaN));
    expect((await get(store, 1))?.data[3]).toBeNaN();
    expect(await readdir(join(directory, '00'))).toEqual([`${call(1)}.taps`]);
  });
});

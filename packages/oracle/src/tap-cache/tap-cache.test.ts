import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tap } from '@tilewright/spec';
import { describe, expect, it, onTestFinished } from 'vitest';
import { golden } from '../__fixtures__/repository.ts';
import { editTensors } from '../__fixtures__/safetensors.ts';
import { copyModel, temporaryDirectory } from '../__fixtures__/temporary-model.ts';
import { type OpenModelOptions, openModel } from '../open-model.ts';
import { TapStore } from './tap-store.ts';

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
      .filter((name) => name.endsWith('.tap'))
      .map((name) => join(place, name));
  return { tapCache: { directory: place }, files };
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

  it('recomputes what is damaged, cut short or exchanged, and never uses it', async () => {
    const plain = await run({});
    const { tapCache, files } = await cacheIn();
    await run({ tapCache });
    const all = await files();
    for (const [index, file] of all.entries()) {
      const content = await readFile(file);
      if (index % 4 === 0) content[content.length - 2] ^= 1;
      if (index % 4 === 2) await writeFile(file, await readFile(all[index - 1]));
      else await writeFile(file, index % 4 === 1 ? content.subarray(0, content.length - 4) : content);
    }
    const again = await run({ tapCache });
    expect(again.found).toEqual(plain.found);
    expect(again.reads).toBeGreaterThan(0);
    expect((await run({ tapCache })).reads).toBe(0);
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
  const key = (i: number) => `${i}`.padStart(64, '0');

  it('keeps within its size, the latest used', async () => {
    const directory = await temporaryDirectory();
    const store = new TapStore({ directory, maxBytes: 3000 });
    for (let i = 0; i < 4; i++) {
      await store.put(key(i), tensor(i));
      await new Promise((resolve) => setTimeout(resolve, 15));
      expect((await store.get(key(0)))?.data[0]).toBe(0);
    }
    for (let i = 4; i < 20; i++) await store.put(key(i), tensor(i));
    const files = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.tap'));
    expect(files.length).toBeGreaterThan(2);
    expect(files.length).toBeLessThanOrEqual(5);
    expect(await store.get(key(19))).toEqual(tensor(19));
    expect(await store.get(key(4))).toBeNull();
    await store.put(key(99), { shape: [1000], data: new Float32Array(1000) });
    expect(await store.has(key(99))).toBe(false);
  });

  it('leaves nothing half-written', async () => {
    const directory = await temporaryDirectory();
    const store = new TapStore({ directory });
    await store.put(key(1), tensor(Number.NaN));
    expect((await store.get(key(1)))?.data[3]).toBeNaN();
    const [name] = await readdir(join(directory, '00'));
    expect(name).toBe(`${key(1)}.tap`);
    await rm(join(directory, '00', name));
    expect(await store.get(key(1))).toBeNull();
  });
});

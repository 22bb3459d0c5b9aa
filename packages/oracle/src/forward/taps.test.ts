import { describe, expect, it, onTestFinished } from 'vitest';
import { golden } from '../__fixtures__/repository.ts';
import { openModel } from '../open-model.ts';
import { tapNames } from './tap-names.ts';
import { taps } from './taps.ts';

async function open() {
  const model = await openModel(golden('qwen3-qknorm'));
  onTestFinished(() => model.close());
  return model;
}

describe('taps', () => {
  it('yields n-dimensional views, in execution order', async () => {
    const { oracle } = await open();
    const names = [];
    for await (const { name, value } of taps(oracle, [1, 2, 3], ['logits', 'layers.0.q_rope'])) {
      names.push(name);
      if (name === 'logits') expect(value.shape).toEqual([3, 320]);
      else {
        expect(value.shape).toEqual([3, 4, 32]);
        expect(value.get(2, 1, 5)).toBe(value.data[2 * 128 + 32 + 5]);
      }
    }
    expect(names).toEqual(['layers.0.q_rope', 'logits']);
  });

  it('yields every tap by default', async () => {
    const { oracle, spec } = await open();
    const names = [];
    for await (const { name } of taps(oracle, [1])) names.push(name);
    expect(names).toEqual(tapNames(spec));
  });

  it('ends the pass when the loop is left', async () => {
    const { oracle } = await open();
    let seen = 0;
    for await (const tap of taps(oracle, [1, 2])) {
      seen++;
      if (tap.name === 'layers.0.q_proj') break;
    }
    expect(seen).toBe(4);
  });

  it('throws what the pass throws', async () => {
    const { oracle } = await open();
    const all = async (iterable: AsyncIterable<unknown>) => {
      for await (const _ of iterable);
    };
    await expect(all(taps(oracle, [1], ['nonesuch']))).rejects.toMatchObject({ code: 'usage' });
    await expect(all(taps(oracle, [999]))).rejects.toMatchObject({ code: 'token-out-of-range' });
    await expect(all(taps(oracle, [1], 'all', { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('stops when it is told to in the middle', async () => {
    const { oracle } = await open();
    const controller = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { name } of taps(oracle, [1, 2], 'all', { signal: controller.signal })) {
        seen.push(name);
        if (name === 'layers.0.q_proj') controller.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    expect(seen.at(-1)).toBe('layers.0.q_proj');
  });
});

import { type AccessPattern, affine, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { wordPattern } from '../execution/word-pattern.ts';
import { gatherWords, scatterWords } from './copy-words.ts';

const SEED = 91;

/** The elements of a pattern one by one, from its definition. */
function elementsOf({ sizes, strides }: AccessPattern): number[] {
  let all = [0];
  sizes.forEach((size, axis) => {
    all = all.flatMap((start) => Array.from({ length: size }, (_, index) => start + index * strides[axis]));
  });
  return all;
}

/** Patterns over bf16: even runs, even strides, some of them zero, some continuing each other. */
function randomPatterns(count: number): AccessPattern[] {
  const random = seededRandom(SEED);
  return Array.from({ length: count }, () => {
    const axes = random.integer(0, 4);
    const run = 2 * random.integer(1, 6);
    const sizes = [...Array.from({ length: axes }, () => random.integer(1, 5)), run];
    const strides = [...Array.from({ length: axes }, () => 2 * random.integer(0, 30)), 1];
    for (let axis = axes - 1; axis >= 0; axis--) {
      if (random.uniform() < 0.4) strides[axis] = sizes[axis + 1] * strides[axis + 1];
    }
    return { offset: affine(0), sizes, strides };
  });
}

describe('gatherWords and scatterWords', () => {
  it(`move what the definition of 300 patterns says, in any pieces (seed ${SEED})`, () => {
    const random = seededRandom(SEED + 1);
    for (const access of randomPatterns(300)) {
      const pattern = wordPattern(access, 'bf16', 'test');
      const source = Uint16Array.from({ length: 1000 }, () => random.integer(0, 65536));
      const expected = Uint16Array.from(elementsOf(access), (element) => source[element + 4]);
      expect(pattern.words).toBe(expected.length / 2);
      const gathered = new Int32Array(pattern.words);
      const words = new Int32Array(source.buffer);
      const cut = random.integer(0, pattern.words + 1);
      gatherWords(pattern, words, 2, 0, cut, gathered, 0);
      gatherWords(pattern, words, 2, cut, pattern.words - cut, gathered, cut);
      expect(new Uint16Array(gathered.buffer)).toEqual(expected);

      const target = new Int32Array(500).fill(-1);
      scatterWords(pattern, gathered, 0, target, 2, 0, cut);
      scatterWords(pattern, gathered, cut, target, 2, cut, pattern.words - cut);
      const back = new Uint16Array(target.buffer);
      const spread = new Uint16Array(back.length).fill(0xffff);
      for (const element of elementsOf(access)) spread[element + 4] = source[element + 4];
      expect(back).toEqual(spread);
    }
  });

  it('refuses to split a 32-bit word', () => {
    const odd = { offset: affine(0), sizes: [3, 5], strides: [8, 1] };
    expect(() => wordPattern(odd, 'bf16', 'put a')).toThrow(/put a splits a 32-bit word/);
    expect(wordPattern(odd, 'f32', 'put a').words).toBe(15);
  });
});

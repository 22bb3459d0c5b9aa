import { bf16ToF32, seededRandom } from '@tilewright/spec';
import { expect, it } from 'vitest';
import { countPoison, drawPoison, fillPoison } from './poison.ts';

it('is a NaN that is drawn anew, and is found where it is left', () => {
  const random = seededRandom(3);
  let before = drawPoison(random);
  for (let draw = 0; draw < 200; draw++) {
    const poison = drawPoison(random, before);
    expect(poison).not.toBe(before);
    expect(bf16ToF32(poison)).toBeNaN();
    // What arithmetic makes is the quiet NaN 0x7fc0 or 0xffc0, which must not be taken for it.
    expect(poison & 0x7fff).toBeLessThan(0x7fc0);
    before = poison;
  }
  const bytes = new Uint8Array(24);
  fillPoison(bytes, before);
  expect(new Float32Array(bytes.buffer).every(Number.isNaN)).toBe(true);
  expect(countPoison(bytes, before, 'bf16')).toBe(12);
  expect(countPoison(bytes, before, 'f32')).toBe(6);
  bytes[0] = 0;
  expect(countPoison(bytes, before, 'bf16')).toBe(11);
  expect(countPoison(bytes, before, 'f32')).toBe(5);
});

import { seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { quantiseBlock } from '../microkernels/bfp16.ts';
import { emptyRange, NOT_FINITE, quantiseColumns, quantiseKBlocks, quantiseVectors } from './block-quantiser.ts';

const SEED = 11;
const VECTORS = 24;
const DEPTH = 64;

/** Every kind of bf16 number: zeros of both signs, subnormals, neighbours in size and far apart. */
function patterns(finite: boolean): Uint16Array {
  const random = seededRandom(SEED);
  return Uint16Array.from({ length: VECTORS * DEPTH }, () => {
    const sign = random.integer(0, 2) << 15;
    const exponent = random.pick([0, 1, 2, 60, 120, 126, 127, 128, 200, 254, finite ? 254 : 255]);
    return sign | (exponent << 7) | random.pick([0, 1, 63, 127, random.integer(0, 128)]);
  });
}

/** The definition, block by block. */
function expected(data: Uint16Array): Float64Array {
  const out = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += 8) quantiseBlock(data, at, 1, out, at, 1);
  return out;
}

describe('the quantisers of the fast path', () => {
  it.each([true, false])('equal the definition to the bit (finite: %s)', (finite) => {
    const data = patterns(finite);
    const wanted = expected(data);
    const byVector = new Float64Array(data.length);
    quantiseVectors(data, 0, DEPTH, 1, VECTORS, DEPTH, byVector, 0, emptyRange(VECTORS));
    expect(bitsOf(byVector)).toEqual(bitsOf(wanted));

    const columns = new Uint16Array(data.length);
    const blocks = new Uint16Array(data.length);
    for (let vector = 0; vector < VECTORS; vector++) {
      for (let k = 0; k < DEPTH; k++) {
        const value = data[vector * DEPTH + k] as number;
        columns[k * VECTORS + vector] = value;
        blocks[((k >> 3) * VECTORS + vector) * 8 + (k & 7)] = value;
      }
    }
    const fromColumns = new Float64Array(data.length);
    quantiseColumns(columns, 0, VECTORS, VECTORS, DEPTH, fromColumns, VECTORS, 0, emptyRange(VECTORS));
    const turned = wanted.map((_, i) => wanted[(i % VECTORS) * DEPTH + Math.floor(i / VECTORS)] as number);
    expect(bitsOf(fromColumns)).toEqual(bitsOf(turned));
    const fromBlocks = new Float64Array(data.length);
    quantiseKBlocks(blocks, 0, VECTORS, DEPTH, fromBlocks, 0, emptyRange(VECTORS));
    expect(bitsOf(fromBlocks)).toEqual(bitsOf(wanted));
  });

  it('note the exponents of blocks that are not zero, and what is not finite', () => {
    const data = new Uint16Array(32);
    data[0] = 130 << 7;
    data[9] = 120 << 7;
    const range = emptyRange(2);
    quantiseVectors(data, 0, 16, 1, 2, 16, new Float64Array(32), 0, range);
    expect([range.lowest[0], range.highest[0]]).toEqual([120, 130]);
    expect(range.highest[1]).toBe(0);
    data[20] = 0xff << 7;
    quantiseVectors(data, 0, 16, 1, 2, 16, new Float64Array(32), 0, range);
    expect(range.highest[1]).toBe(NOT_FINITE);
  });
});

/** NaN is one bit pattern here: what a sum with it stores does not depend on which. */
function bitsOf(values: Float64Array): BigUint64Array {
  return new BigUint64Array(Float64Array.from(values, (value) => (Number.isNaN(value) ? Number.NaN : value)).buffer);
}

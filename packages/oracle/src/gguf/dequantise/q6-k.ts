import type { BlockEncoding } from './block-encoding.ts';
import { halfAt } from './half-at.ts';

const ELEMENTS = 256;
const BYTES = 210;

/**
 * Blocks of 256 in two halves: 128 bytes with the elements' low four bits, 64 with their high two, 16 signed
 * bytes with a scale for every 16 elements, and a scale of these in binary16. A value is scale · part scale ·
 * (q − 32), rounded to FP32 once.
 */
export const Q6_K: BlockEncoding = {
  ...{ name: 'q6_k', blockElements: ELEMENTS, blockBytes: BYTES },
  dequantise: (blocks, out) => {
    for (let block = 0, i = 0; block < blocks.length; block += BYTES, i += ELEMENTS) {
      const ofScales = halfAt(blocks, block + 208);
      for (let part = 0; part < 8; part++) {
        const half = part >> 2;
        const low = block + 64 * half + 32 * (part & 1);
        const lowShift = part & 2 ? 4 : 0;
        const high = block + 128 + 32 * half;
        const highShift = 2 * (part & 3);
        for (let j = 0; j < 32; j++) {
          const scale = ofScales * ((blocks[block + 192 + 2 * part + (j >> 4)] << 24) >> 24);
          const q = ((blocks[low + j] >> lowShift) & 15) | (((blocks[high + j] >> highShift) & 3) << 4);
          out[i + 32 * part + j] = scale * (q - 32);
        }
      }
    }
  },
};

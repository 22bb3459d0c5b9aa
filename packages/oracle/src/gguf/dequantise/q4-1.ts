import type { BlockEncoding } from './block-encoding.ts';
import { halfAt } from './half-at.ts';

const ELEMENTS = 32;
const BYTES = 20;

/** Blocks of 32: scale and minimum in binary16, then 16 bytes as in Q4_0. A value is scale · q + minimum. */
export const Q4_1: BlockEncoding = {
  ...{ name: 'q4_1', blockElements: ELEMENTS, blockBytes: BYTES },
  dequantise: (blocks, out) => {
    for (let block = 0, i = 0; block < blocks.length; block += BYTES, i += ELEMENTS) {
      const scale = halfAt(blocks, block);
      const minimum = halfAt(blocks, block + 2);
      for (let j = 0; j < 16; j++) {
        const pair = blocks[block + 4 + j];
        out[i + j] = scale * (pair & 15) + minimum;
        out[i + j + 16] = scale * (pair >> 4) + minimum;
      }
    }
  },
};

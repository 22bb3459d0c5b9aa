import type { BlockEncoding } from './block-encoding.ts';
import { halfAt } from './half-at.ts';

const ELEMENTS = 32;
const BYTES = 24;

/** As Q4_1, with four bytes after scale and minimum that hold each element's fifth bit. A value is scale · q + minimum. */
export const Q5_1: BlockEncoding = {
  ...{ name: 'q5_1', blockElements: ELEMENTS, blockBytes: BYTES },
  dequantise: (blocks, out) => {
    for (let block = 0, i = 0; block < blocks.length; block += BYTES, i += ELEMENTS) {
      const scale = halfAt(blocks, block);
      const minimum = halfAt(blocks, block + 2);
      for (let j = 0; j < 16; j++) {
        const pair = blocks[block + 8 + j];
        const low = (blocks[block + 4 + (j >> 3)] >> (j & 7)) & 1;
        const high = (blocks[block + 6 + (j >> 3)] >> (j & 7)) & 1;
        out[i + j] = scale * ((pair & 15) | (low << 4)) + minimum;
        out[i + j + 16] = scale * ((pair >> 4) | (high << 4)) + minimum;
      }
    }
  },
};

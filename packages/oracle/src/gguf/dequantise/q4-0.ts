import type { BlockEncoding } from './block-encoding.ts';
import { halfAt } from './half-at.ts';

const ELEMENTS = 32;
const BYTES = 18;

/** Blocks of 32: a scale in binary16, then 16 bytes whose low halves are the first 16 elements. A value is scale · (q − 8). */
export const Q4_0: BlockEncoding = {
  ...{ name: 'q4_0', blockElements: ELEMENTS, blockBytes: BYTES },
  dequantise: (blocks, out) => {
    for (let block = 0, i = 0; block < blocks.length; block += BYTES, i += ELEMENTS) {
      const scale = halfAt(blocks, block);
      for (let j = 0; j < 16; j++) {
        const pair = blocks[block + 2 + j];
        out[i + j] = scale * ((pair & 15) - 8);
        out[i + j + 16] = scale * ((pair >> 4) - 8);
      }
    }
  },
};

import type { BlockEncoding } from './block-encoding.ts';
import { halfAt } from './half-at.ts';

const ELEMENTS = 32;
const BYTES = 34;

/** Blocks of 32: a scale in binary16, then 32 signed bytes. A value is scale · byte. */
export const Q8_0: BlockEncoding = {
  ...{ name: 'q8_0', blockElements: ELEMENTS, blockBytes: BYTES },
  dequantise: (blocks, out) => {
    for (let block = 0, i = 0; block < blocks.length; block += BYTES, i += ELEMENTS) {
      const scale = halfAt(blocks, block);
      for (let j = 0; j < ELEMENTS; j++) out[i + j] = scale * ((blocks[block + 2 + j] << 24) >> 24);
    }
  },
};

import type { BlockEncoding } from './block-encoding.ts';
import { halfAt } from './half-at.ts';
import { packedMinimum, packedScale } from './packed-scales.ts';

const ELEMENTS = 256;
const BYTES = 176;

/** As Q4_K, with 32 bytes before the elements: bit `part` of byte j is the fifth bit of that part's element j. */
export const Q5_K: BlockEncoding = {
  ...{ name: 'q5_k', blockElements: ELEMENTS, blockBytes: BYTES },
  dequantise: (blocks, out) => {
    for (let block = 0, i = 0; block < blocks.length; block += BYTES, i += ELEMENTS) {
      const ofScales = halfAt(blocks, block);
      const ofMinima = halfAt(blocks, block + 2);
      for (let part = 0; part < 8; part++) {
        const scale = ofScales * packedScale(blocks, block + 4, part);
        const minimum = ofMinima * packedMinimum(blocks, block + 4, part);
        const from = block + 48 + 32 * (part >> 1);
        const shift = 4 * (part & 1);
        for (let j = 0; j < 32; j++) {
          const fifth = (blocks[block + 16 + j] >> part) & 1;
          out[i + 32 * part + j] = scale * (((blocks[from + j] >> shift) & 15) | (fifth << 4)) - minimum;
        }
      }
    }
  },
};

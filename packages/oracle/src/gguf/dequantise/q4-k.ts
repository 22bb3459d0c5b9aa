import type { BlockEncoding } from './block-encoding.ts';
import { halfAt } from './half-at.ts';
import { packedMinimum, packedScale } from './packed-scales.ts';

const ELEMENTS = 256;
const BYTES = 144;

/**
 * Blocks of 256 in eight parts of 32: two scales in binary16, for the parts' scales and for their minima; the
 * twelve bytes of `packed-scales.ts`; then 128 bytes, of which each 32 hold one part in their low halves and the
 * next in their high ones. A value is scale · q − minimum, each product exact in FP32.
 */
export const Q4_K: BlockEncoding = {
  ...{ name: 'q4_k', blockElements: ELEMENTS, blockBytes: BYTES },
  dequantise: (blocks, out) => {
    for (let block = 0, i = 0; block < blocks.length; block += BYTES, i += ELEMENTS) {
      const ofScales = halfAt(blocks, block);
      const ofMinima = halfAt(blocks, block + 2);
      for (let part = 0; part < 8; part++) {
        const scale = ofScales * packedScale(blocks, block + 4, part);
        const minimum = ofMinima * packedMinimum(blocks, block + 4, part);
        const from = block + 16 + 32 * (part >> 1);
        const shift = 4 * (part & 1);
        for (let j = 0; j < 32; j++) out[i + 32 * part + j] = scale * ((blocks[from + j] >> shift) & 15) - minimum;
      }
    }
  },
};

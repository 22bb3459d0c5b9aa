import type { BlockEncoding } from './block-encoding.ts';
import { halfAt } from './half-at.ts';

/** IEEE binary16, little-endian. */
export const F16: BlockEncoding = {
  ...{ name: 'f16', blockElements: 1, blockBytes: 2 },
  dequantise: (blocks, out) => {
    for (let i = 0; i < out.length; i++) out[i] = halfAt(blocks, 2 * i);
  },
};

import type { BlockEncoding } from './block-encoding.ts';

/** The upper half of a float32, little-endian. */
export const BF16: BlockEncoding = {
  ...{ name: 'bf16', blockElements: 1, blockBytes: 2 },
  dequantise: (blocks, out) => {
    const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
    for (let i = 0; i < words.length; i++) words[i] = (blocks[2 * i] << 16) | (blocks[2 * i + 1] << 24);
  },
};

import type { BlockEncoding } from './block-encoding.ts';

/** IEEE binary32, little-endian. */
export const F32: BlockEncoding = {
  ...{ name: 'f32', blockElements: 1, blockBytes: 4 },
  dequantise: (blocks, out) => {
    new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(blocks);
  },
};

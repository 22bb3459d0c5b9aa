import type { MicrokernelImplementation } from './microkernel.ts';

/** The lowest finite bf16 number. */
export const LOWEST_BF16_BITS = 0xff7f;

/** scores[queries, keys] in 8x8 blocks: lowest where the key comes after the query. */
export const attentionMask: MicrokernelImplementation = (operands, parameters) => {
  const { data, offset } = operands.scores!;
  const { queries, keys, queryStart, keyStart } = parameters;
  if (queryStart! + queries! <= keyStart!) {
    data.fill(LOWEST_BF16_BITS, offset, offset + queries! * keys!);
    return;
  }
  for (let row = 0; row < queries!; row++) {
    const firstMasked = Math.max(0, queryStart! + row + 1 - keyStart!);
    for (let column = firstMasked; column < keys!; column++) {
      data[offset + ((column >> 3) * queries! + row) * 8 + (column & 7)] = LOWEST_BF16_BITS;
    }
  }
};

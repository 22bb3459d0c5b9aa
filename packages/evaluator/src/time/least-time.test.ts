import { addProgram, SMALL_DEVICE } from '@tilewright/testkit';
import { expect, it } from 'vitest';
import { leastTimeUs } from './least-time.ts';

it('is the time of the bytes at the full width of all shim channels', () => {
  // Two operands of 1,024 bf16 elements in, over 4 columns of 2 channels of 16 bytes at 1,000 MHz: 128,000 bytes per µs.
  const program = addProgram({ tiles: 4, steps: 16, tile: 16 });
  expect(leastTimeUs(program, SMALL_DEVICE)).toBeCloseTo(4096 / 128_000, 9);
  expect(leastTimeUs(program, { ...SMALL_DEVICE, clockMegahertz: 500 })).toBeCloseTo(4096 / 64_000, 9);
});

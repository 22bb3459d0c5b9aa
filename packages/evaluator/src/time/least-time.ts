import { programWork } from '@tilewright/kernel-registry';
import type { DeviceModel, Program } from '@tilewright/spec';

/**
 * The most that one core multiplies and accumulates in a cycle: 512, block floating point (AIE2P; at 1.25 GHz and 32
 * cores 41 TOPS, the device being sold with 50 at its highest clock). No published kernel comes near.
 */
const MULTIPLY_ACCUMULATES_PER_CYCLE = 512;
/** The most that one shim channel moves in a cycle: 128 bits, the width of its port to the network on chip. */
const BYTES_PER_CHANNEL_CYCLE = 16;

/**
 * A time that no run of a Program can undercut, in µs: its multiply-accumulates with all cores busy all the time, or
 * its bytes with all shim channels busy all the time. From the Program and the device's limits alone, and several
 * times below what anything real takes: it finds times that cannot be, not times that are too good.
 */
export function leastTimeUs(program: Program, device: DeviceModel): number {
  const { multiplyAccumulates, bytesRead, bytesWritten } = programWork(program);
  const { columns, computeRows, clockMegahertz, channels } = device;
  const computeUs = multiplyAccumulates / (columns * computeRows * MULTIPLY_ACCUMULATES_PER_CYCLE * clockMegahertz);
  const channelBytesPerUs = columns * BYTES_PER_CHANNEL_CYCLE * clockMegahertz;
  const readUs = bytesRead / (channels.shim.memoryToStream * channelBytesPerUs);
  const writeUs = bytesWritten / (channels.shim.streamToMemory * channelBytesPerUs);
  return Math.max(computeUs, readUs, writeUs);
}

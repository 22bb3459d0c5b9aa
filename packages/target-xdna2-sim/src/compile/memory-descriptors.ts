import { BYTES_PER_ELEMENT, type DeviceModel } from '@tilewright/spec';
import { type Report, tileName } from './findings.ts';
import { type Dimension, linearised } from './fold-access.ts';
import type { BufferUse } from './ownership.ts';
import { type Block, type Port, type Transfer, transfersOf } from './process-instance.ts';

/**
 * Buffer descriptors of one DMA end of a core or memtile: one per transfer statement and buffer
 * copy, and more where loops cannot be part of the descriptor. Loops within an epoch merge with the
 * outermost dimension or take a free one. One further loop may run in the descriptor's iteration
 * counter [inferred: published GEMMs with 16 L1 steps per L2 step would not fit otherwise]; others
 * are unrolled. A loop around an epoch costs nothing unless it moves the transfer within the buffer,
 * because the ring repeats the same descriptors.
 */
export function memoryDescriptors(
  port: Port,
  uses: ReadonlyMap<string, BufferUse>,
  device: DeviceModel,
  report: Report,
): { readonly descriptors: number; readonly finite: boolean } {
  let descriptors = 0;
  const tripCounts = new Set<number>();
  for (const { transfer, blocks } of transfersOf(port.instance.root)) {
    if (transfer.port !== port) continue;
    const use = uses.get(transfer.buffer) as BufferUse;
    const epoch = blocks.findIndex((block) => use.epochs.has(block));
    const outside = blocks.slice(0, epoch + 1);
    const dimensions = linearised(transfer.access);
    checkDimensions(transfer, dimensions, device, report);
    const left = unfoldedLoops(transfer, dimensions, blocks.slice(epoch + 1), device);
    left.push(...outside.filter((block) => stepOf(transfer, block) !== 0).map(({ extent }) => extent));
    const counted = left.findIndex((extent) => extent <= (device.dma.shimWraps[0] as number));
    if (counted >= 0) left.splice(counted, 1);
    descriptors += left.reduce((product, extent) => product * extent, use.copies);
    tripCounts.add(outside.reduce((product, { extent }) => product * extent, 1));
  }
  return { descriptors, finite: tripCounts.size > 1 };
}

function stepOf(transfer: Transfer, block: Block): number {
  return block.extent === 1 ? 0 : (transfer.access.offset.coefficients[block.variable] ?? 0);
}

/** Extents of the loops within an epoch that the dimensions of a descriptor do not hold. */
function unfoldedLoops(
  transfer: Transfer,
  pattern: readonly Dimension[],
  inside: readonly Block[],
  device: DeviceModel,
): number[] {
  let dimensions = pattern;
  const left: number[] = [];
  for (const block of [...inside].reverse()) {
    const step = stepOf(transfer, block);
    if (step === 0) continue;
    const outermost = dimensions[0];
    if (left.length > 0) left.push(block.extent);
    else if (outermost !== undefined && step === outermost.size * outermost.stride) {
      dimensions = [{ size: outermost.size * block.extent, stride: outermost.stride }, ...dimensions.slice(1)];
    } else if (dimensions.length < device.dma.dimensions) {
      dimensions = [{ size: block.extent, stride: step }, ...dimensions];
    } else left.push(block.extent);
  }
  return left;
}

function checkDimensions(
  transfer: Transfer,
  dimensions: readonly Dimension[],
  device: DeviceModel,
  report: Report,
): void {
  const { instance, index } = transfer.port;
  const where = {
    resource: `a buffer descriptor of ${instance.tile === null ? instance.label : tileName(instance.tile)}`,
    place: instance.tile,
  };
  if (dimensions.length > device.dma.dimensions) {
    report({
      ...where,
      code: 'dimensions-exceeded',
      needed: dimensions.length,
      available: device.dma.dimensions,
      unit: 'dimensions',
      message: `The access of ${instance.label} to ${transfer.buffer} for ${index} has ${dimensions.length} dimensions.`,
      cure: 'Move part of the reordering to the other end, or loop around a simpler transfer.',
    });
  }
  const words = 4 / BYTES_PER_ELEMENT[transfer.port.stream.channel.format];
  const longest = Math.max(0, ...dimensions.map(({ stride }) => Math.abs(stride) / words));
  if (longest > device.dma.maxStrideWords) {
    report({
      ...where,
      code: 'stride-exceeded',
      needed: longest,
      available: device.dma.maxStrideWords,
      unit: '32-bit words',
      message: `The access of ${instance.label} to ${transfer.buffer} strides over ${longest} words.`,
      cure: 'Use smaller tiles.',
    });
  }
}

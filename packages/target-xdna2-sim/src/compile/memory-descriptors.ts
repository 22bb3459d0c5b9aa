import { BYTES_PER_ELEMENT, type DeviceModel } from '@tilewright/spec';
import { type Report, tileName } from './findings.ts';
import { type Dimension, linearised } from './fold-access.ts';
import type { BufferUse } from './ownership.ts';
import { type Block, type Port, type Transfer, transfersOf } from './process-instance.ts';

/**
 * Buffer descriptors of one DMA end of a core or memtile: one per transfer statement and buffer
 * copy, and more where loops cannot be part of the descriptor. Loops within an epoch fold into free
 * dimensions or merge with the outermost one; a loop around an epoch costs nothing unless it moves
 * the transfer within the buffer, because the ring repeats the same descriptors.
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
    const moved = outside.reduce(
      (product, block) => (stepOf(transfer, block) === 0 ? product : product * block.extent),
      1,
    );
    descriptors += use.copies * moved * foldInside(transfer, blocks.slice(epoch + 1), device, report);
    tripCounts.add(outside.reduce((product, { extent }) => product * extent, 1));
  }
  return { descriptors, finite: tripCounts.size > 1 };
}

function stepOf(transfer: Transfer, block: Block): number {
  return block.extent === 1 ? 0 : (transfer.access.offset.coefficients[block.variable] ?? 0);
}

/** Descriptors of one copy in one epoch. */
function foldInside(transfer: Transfer, inside: readonly Block[], device: DeviceModel, report: Report): number {
  const limit = device.dma.dimensions;
  let dimensions = linearised(transfer.access);
  checkDimensions(transfer, dimensions, device, report);
  let unrolled = 1;
  for (const block of [...inside].reverse()) {
    if (block.extent === 1) continue;
    const step = stepOf(transfer, block);
    const outermost = dimensions[0];
    if (unrolled > 1) unrolled *= block.extent;
    else if (step === 0) continue;
    else if (outermost !== undefined && step === outermost.size * outermost.stride) {
      dimensions = [{ size: outermost.size * block.extent, stride: outermost.stride }, ...dimensions.slice(1)];
    } else if (dimensions.length < limit) dimensions = [{ size: block.extent, stride: step }, ...dimensions];
    else unrolled *= block.extent;
  }
  return unrolled;
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

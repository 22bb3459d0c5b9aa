import { BYTES_PER_ELEMENT, type DeviceModel, type Loop } from '@tilewright/spec';
import { affineRange, type Range } from './affine-range.ts';
import { malformed, type Report } from './findings.ts';
import { linearised } from './fold-access.ts';
import { type ProcessInstance, type Transfer, transfersOf } from './process-instance.ts';

/**
 * Transfers stay inside their buffers, and DMAs move whole 32-bit words: the bytes of a transfer, its
 * offsets and its strides are multiples of four, and 16-bit elements come in even contiguous runs.
 */
export function checkTransfers(
  instances: readonly ProcessInstance[],
  grid: readonly Loop[],
  device: DeviceModel,
  report: Report,
): void {
  for (const instance of instances) {
    const lengths = new Map(instance.buffers.map(({ name, elements }) => [name, elements]));
    const ranges = new Map<string, Range>(
      instance.level === 'shim' ? grid.map(({ variable, extent }) => [variable, [0, extent - 1]]) : [],
    );
    for (const { transfer, blocks } of transfersOf(instance.root)) {
      const scope = new Map(ranges);
      for (const { variable, extent } of blocks) scope.set(variable, [0, extent - 1]);
      checkBounds(instance, transfer, lengths.get(transfer.buffer) as number, scope, report);
      if (transfer.port.stream.channel.kind === 'stream') checkAlignment(instance, transfer, device, report);
    }
  }
}

function checkBounds(
  instance: ProcessInstance,
  transfer: Transfer,
  length: number,
  scope: ReadonlyMap<string, Range>,
  report: Report,
): void {
  const { sizes, strides, offset } = transfer.access;
  let [low, high] = affineRange(offset, scope);
  for (const [axis, size] of sizes.entries()) {
    const reach = (size - 1) * (strides[axis] as number);
    if (reach < 0) low += reach;
    else high += reach;
  }
  if (low >= 0 && high < length) return;
  const message = `${transfer.direction} ${transfer.port.index} reaches elements ${low} to ${high} of ${length}.`;
  report(
    malformed(
      `${instance.label}, ${transfer.buffer}`,
      message,
      'Keep the access inside the buffer.',
      transfer.port.tile ?? instance.tile,
    ),
  );
}

function checkAlignment(instance: ProcessInstance, transfer: Transfer, device: DeviceModel, report: Report): void {
  const bytes = BYTES_PER_ELEMENT[transfer.port.stream.channel.format];
  const alignment = device.dma.alignmentBytes;
  const unit = alignment / bytes;
  const { offset } = transfer.access;
  const dimensions = linearised(transfer.access);
  const innermost = dimensions.at(-1);
  const fault = (needed: number, what: string): void =>
    report({
      code: 'transfer-misaligned',
      resource: `${transfer.direction} ${transfer.port.index} of ${instance.label}`,
      needed,
      available: alignment,
      unit: 'bytes',
      place: transfer.port.tile ?? instance.tile,
      message: `${instance.label}, ${transfer.direction} ${transfer.port.index}: ${what}; a DMA moves whole words of ${alignment} bytes.`,
      cure: 'Move an even number of 16-bit elements at a time, contiguous and from an even place; reorder smaller pieces in a core.',
    });
  if ((transfer.elements * bytes) % alignment !== 0) {
    fault(transfer.elements * bytes, `it moves ${transfer.elements * bytes} bytes`);
  } else if (unit > 1 && innermost !== undefined && (innermost.stride !== 1 || innermost.size % unit !== 0)) {
    const run = innermost.stride === 1 ? innermost.size : 1;
    fault(run * bytes, `its contiguous runs are ${run * bytes} bytes`);
  }
  for (const step of [offset.constant, ...Object.values(offset.coefficients)]) {
    if (step % unit === 0) continue;
    fault(Math.abs(step * bytes), `its place moves by ${step * bytes} bytes`);
    return;
  }
  for (const { stride } of dimensions.slice(0, -1)) {
    if (stride % unit === 0) continue;
    fault(Math.abs(stride * bytes), `a stride is ${stride * bytes} bytes`);
    return;
  }
}

import { BYTES_PER_ELEMENT, type DeviceModel } from '@tilewright/spec';
import type { BufferInstance, Tile } from '../machine/machine.ts';
import { type Report, tileName } from './findings.ts';
import type { BufferUse } from './ownership.ts';
import type { ProcessInstance } from './process-instance.ts';

/** Vector loads and DMA bursts want their buffers on such boundaries. */
const BUFFER_ALIGNMENT_BYTES = 32;

/**
 * Lays the buffers of the instances on one tile behind one another, from `reservedBytes` (a core's
 * stack) on, and reports when they end beyond the tile's memory.
 */
export function allocateTile(
  tile: Tile,
  instances: readonly { readonly instance: ProcessInstance; readonly uses: ReadonlyMap<string, BufferUse> }[],
  reservedBytes: number,
  device: DeviceModel,
  report: Report,
): { readonly buffers: readonly BufferInstance[]; readonly usedBytes: number } {
  const buffers: BufferInstance[] = [];
  const parts: string[] = reservedBytes > 0 ? [`stack ${reservedBytes}`] : [];
  let end = reservedBytes;
  for (const { instance, uses } of instances) {
    for (const { buffer, copies, outOfStep } of uses.values()) {
      const bytes = buffer.elements * BYTES_PER_ELEMENT[buffer.format];
      const addresses: number[] = [];
      for (let copy = 0; copy < copies; copy++) {
        const address = Math.ceil(end / BUFFER_ALIGNMENT_BYTES) * BUFFER_ALIGNMENT_BYTES;
        addresses.push(address);
        end = address + bytes;
      }
      const name = instance.level === 'core' ? buffer.name : `${instance.label}.${buffer.name}`;
      parts.push(`${name} ${copies > 1 ? `${copies} × ` : ''}${bytes}`);
      buffers.push({
        name,
        tile,
        format: buffer.format,
        accumulator: buffer.accumulator ?? false,
        elements: buffer.elements,
        addresses,
        unrolled: outOfStep,
      });
    }
  }
  const isCore = instances.some(({ instance }) => instance.level === 'core');
  const available = isCore ? device.l1BytesPerTile : device.l2BytesPerMemtile;
  if (end > available) {
    report({
      code: isCore ? 'l1-exceeded' : 'l2-exceeded',
      resource: isCore ? `L1 of ${tileName(tile)}` : `L2 of ${tileName(tile)}`,
      needed: end,
      available,
      unit: 'bytes',
      place: tile,
      message: `${tileName(tile)} would hold ${end} of ${available} bytes: ${parts.join(', ')}.`,
      cure: isCore
        ? 'Use smaller tiles, or leave out ping-pong in L1.'
        : 'Use a smaller L2 step, spread the buffers over columns, or leave out ping-pong in L2.',
    });
  }
  return { buffers, usedBytes: end };
}

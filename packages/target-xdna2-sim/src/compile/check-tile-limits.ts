import type { DeviceModel } from '@tilewright/spec';
import { type Core, type DmaChannel, type LockInstance, MEMTILE_ROW, SHIM_ROW, type Tile } from '../machine/machine.ts';
import { type Report, tileName } from './findings.ts';

/** Descriptors of all channels of a tile share one pool; a memtile's even and odd channels half each. */
export function checkDescriptors(dmas: readonly DmaChannel[], device: DeviceModel, report: Report): void {
  for (const { tile, items } of byTile(dmas)) {
    if (tile.row === MEMTILE_ROW) {
      for (const parity of [0, 1]) {
        const half = items.filter(({ channel }) => channel % 2 === parity);
        const resource = `buffer descriptors of the ${parity === 0 ? 'even' : 'odd'} channels of ${tileName(tile)}`;
        check(tile, half, resource, device.bufferDescriptors.memtilePerChannelParity);
      }
    } else {
      const { shim, compute } = device.bufferDescriptors;
      check(tile, items, `buffer descriptors of ${tileName(tile)}`, tile.row === SHIM_ROW ? shim : compute);
    }
  }

  function check(tile: Tile, channels: readonly DmaChannel[], resource: string, available: number): void {
    const needed = channels.reduce((sum, { descriptors }) => sum + descriptors, 0);
    if (needed <= available) return;
    const parts = channels.map(({ direction, channel, descriptors }) => `${direction} ${channel} takes ${descriptors}`);
    report({
      code: 'buffer-descriptors-exceeded',
      resource,
      needed,
      available,
      unit: 'descriptors',
      place: tile,
      message: `The allocator exhausts the ${resource}: ${parts.join(', ')}.`,
      cure:
        tile.row === SHIM_ROW
          ? 'Choose a tile so that loops fold into descriptors, use smaller batches, or split the launch.'
          : 'Choose an order of blocks in which loops fold into descriptors, fewer inner steps, or no ping-pong.',
    });
  }
}

export function checkLocks(locks: readonly LockInstance[], device: DeviceModel, report: Report): void {
  for (const { tile, items } of byTile(locks)) {
    const available = tile.row === MEMTILE_ROW ? device.locks.memtile : device.locks.compute;
    if (items.length <= available) continue;
    report({
      code: 'locks-exceeded',
      resource: `locks of ${tileName(tile)}`,
      needed: items.length,
      available,
      unit: 'locks',
      place: tile,
      message: `${tileName(tile)} needs ${items.length} locks, two for each pair that hands a buffer over.`,
      cure: 'Use fewer buffers that are filled or emptied by DMA, or spread them over tiles.',
    });
  }
}

export function checkProgramMemory(cores: readonly Core[], device: DeviceModel, report: Report): void {
  for (const { tile, herd, programBytes } of cores) {
    if (programBytes <= device.programBytesPerTile) continue;
    report({
      code: 'program-memory-exceeded',
      resource: `program memory of ${tileName(tile)}`,
      needed: programBytes,
      available: device.programBytesPerTile,
      unit: 'bytes',
      place: tile,
      message: `The program of herd ${herd} is about ${programBytes} bytes.`,
      cure: 'Call fewer different microkernels from one herd, or use loops instead of repeated statements.',
    });
  }
}

export function byTile<Item extends { readonly tile: Tile }>(
  items: readonly Item[],
): readonly { readonly tile: Tile; readonly items: readonly Item[] }[] {
  const groups = new Map<string, { tile: Tile; items: Item[] }>();
  for (const item of items) {
    const key = `${item.tile.column},${item.tile.row}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { tile: item.tile, items: [item] });
    else group.items.push(item);
  }
  return [...groups.values()];
}

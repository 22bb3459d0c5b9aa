import type { DeviceModel, ResourceUse } from '@tilewright/spec';
import { type DmaChannel, type MachineLaunch, MEMTILE_ROW, SHIM_ROW } from '../machine/machine.ts';
import { byTile } from './check-tile-limits.ts';

/** What a launch takes of each resource; where there is one per tile, on the tile that is fullest. */
export function resourceUse(
  launch: MachineLaunch,
  totals: {
    readonly l1Bytes: number;
    readonly l2Bytes: number;
    readonly busiest: { readonly used: number; readonly capacity: number };
  },
  device: DeviceModel,
): readonly ResourceUse[] {
  const isRow = (row: number) => (dma: DmaChannel) => Math.min(dma.tile.row, MEMTILE_ROW + 1) === row;
  const shim = launch.dmas.filter(isRow(SHIM_ROW));
  const memtile = launch.dmas.filter(isRow(MEMTILE_ROW));
  const core = launch.dmas.filter(isRow(MEMTILE_ROW + 1));
  const count = (dmas: readonly DmaChannel[], direction: DmaChannel['direction']): number =>
    dmas.filter((dma) => dma.direction === direction).length;
  const fullest = <Item extends { readonly tile: { readonly column: number; readonly row: number } }>(
    items: readonly Item[],
    weight: (items: readonly Item[]) => number,
  ): number => Math.max(0, ...byTile(items).map((group) => weight(group.items)));
  const descriptors = (dmas: readonly DmaChannel[]): number =>
    fullest(dmas, (items) => items.reduce((sum, dma) => sum + dma.descriptors, 0));
  const { channels, bufferDescriptors } = device;

  const rows: readonly (readonly [string, number, number, string])[] = [
    ['compute tiles', launch.cores.length, device.columns * device.computeRows, 'tiles'],
    ['L1 of the fullest core', totals.l1Bytes, device.l1BytesPerTile, 'bytes'],
    ['L2 of the fullest memtile', totals.l2Bytes, device.l2BytesPerMemtile, 'bytes'],
    [
      'program memory of the fullest core',
      Math.max(0, ...launch.cores.map(({ programBytes }) => programBytes)),
      device.programBytesPerTile,
      'bytes',
    ],
    ['shim MM2S channels', count(shim, 'MM2S'), channels.shim.memoryToStream * device.columns, 'channels'],
    ['shim S2MM channels', count(shim, 'S2MM'), channels.shim.streamToMemory * device.columns, 'channels'],
    [
      'MM2S channels of the fullest memtile',
      fullest(memtile, (items) => count(items, 'MM2S')),
      channels.memtile.memoryToStream,
      'channels',
    ],
    [
      'S2MM channels of the fullest memtile',
      fullest(memtile, (items) => count(items, 'S2MM')),
      channels.memtile.streamToMemory,
      'channels',
    ],
    [
      'S2MM channels of the fullest core',
      fullest(core, (items) => count(items, 'S2MM')),
      channels.compute.streamToMemory,
      'channels',
    ],
    [
      'MM2S channels of the fullest core',
      fullest(core, (items) => count(items, 'MM2S')),
      channels.compute.memoryToStream,
      'channels',
    ],
    ['descriptors of the fullest shim tile', descriptors(shim), bufferDescriptors.shim, 'descriptors'],
    ['descriptors of the fullest memtile', descriptors(memtile), bufferDescriptors.memtile, 'descriptors'],
    ['descriptors of the fullest core', descriptors(core), bufferDescriptors.compute, 'descriptors'],
    [
      'locks of the fullest core',
      fullest(
        launch.locks.filter(({ tile }) => tile.row > MEMTILE_ROW),
        (items) => items.length,
      ),
      device.locks.compute,
      'locks',
    ],
    [
      'locks of the fullest memtile',
      fullest(
        launch.locks.filter(({ tile }) => tile.row === MEMTILE_ROW),
        (items) => items.length,
      ),
      device.locks.memtile,
      'locks',
    ],
    ['wires of the busiest switch', totals.busiest.used, totals.busiest.capacity, 'wires'],
  ];
  return rows.map(([resource, used, available, unit]) => ({ launch: launch.name, resource, used, available, unit }));
}

import type { DeviceModel } from '@tilewright/spec';
import { SHIM_ROW, type Tile } from '../machine/machine.ts';
import { otherEnds } from './assign-memtile-columns.ts';
import { type Report, tileName } from './findings.ts';
import type { Port, ProcessInstance } from './process-instance.ts';

/** Cores: channels in the order in which the program names its streams, alternating over the two. */
export function assignCoreChannels(instances: readonly ProcessInstance[], device: DeviceModel, report: Report): void {
  for (const instance of instances) {
    const tile = instance.tile as Tile;
    for (const direction of ['put', 'get'] as const) {
      const ports = dmaPorts(instance, direction);
      for (const [channel, port] of ports.entries()) {
        port.channel = channel;
        port.tile = tile;
      }
      const available = channelCount(device.channels.compute, direction);
      if (ports.length <= available) continue;
      report({
        code: 'core-channels-exceeded',
        resource: `${channelKind(direction)} channels of ${tileName(tile)}`,
        needed: ports.length,
        available,
        unit: 'channels',
        place: tile,
        message: `${instance.label} ${direction}s ${ports.length} streams (${names(ports)}) and has ${available} channels.`,
        cure: 'Pack two operands into one stream, or let them share a channel in time.',
      });
    }
  }
}

/**
 * Memtiles: an even channel reaches only the first half of the descriptors and an odd one the other
 * half, so those that need most go first, each to the half with more left.
 */
export function assignMemtileChannels(
  instances: readonly ProcessInstance[],
  descriptors: ReadonlyMap<Port, number>,
  device: DeviceModel,
  report: Report,
): void {
  for (let column = 0; column < device.columns; column++) {
    const local = instances.filter(({ tile }) => tile?.column === column);
    const used = [0, 0];
    const free = { put: channelNumbers(device, 'put'), get: channelNumbers(device, 'get') };
    const ports = local.flatMap((instance) => [...dmaPorts(instance, 'put'), ...dmaPorts(instance, 'get')]);
    const demand = (port: Port): number => descriptors.get(port) as number;
    for (const port of [...ports].sort((a, b) => demand(b) - demand(a))) {
      const candidates = free[port.direction];
      const parity = (used[0] as number) <= (used[1] as number) ? 0 : 1;
      const channel = candidates.find((number) => number % 2 === parity) ?? candidates[0];
      port.tile = port.instance.tile;
      if (channel === undefined) {
        port.channel = ports.filter((other) => other.direction === port.direction && other.channel >= 0).length;
        continue;
      }
      port.channel = channel;
      candidates.splice(candidates.indexOf(channel), 1);
      used[channel % 2] = (used[channel % 2] as number) + demand(port);
    }
    for (const direction of ['put', 'get'] as const) {
      const needed = ports.filter((port) => port.direction === direction);
      const available = channelCount(device.channels.memtile, direction);
      if (needed.length <= available) continue;
      report({
        code: 'memtile-channels-exceeded',
        resource: `${channelKind(direction)} channels of memtile ${column}`,
        needed: needed.length,
        available,
        unit: 'channels',
        place: { column, row: 1 },
        message: `Memtile ${column} would need ${needed.length} ${channelKind(direction)} channels (${names(needed)}).`,
        cure: 'Move processes to other columns, or let streams share a channel.',
      });
    }
  }
}

/**
 * Shim: every end gets a channel in the column nearest to what it feeds or drains, those with the
 * least choice first, and spills to the next column with a channel left. Descriptors do not count:
 * the published compiler exhausts a tile's although others have some. Returns whether there were
 * enough channels.
 */
export function assignShimChannels(
  instances: readonly ProcessInstance[],
  device: DeviceModel,
  report: Report,
): boolean {
  let sound = true;
  for (const direction of ['put', 'get'] as const) {
    const ports = instances.flatMap((instance) => dmaPorts(instance, direction));
    const perColumn = channelCount(device.channels.shim, direction);
    const available = perColumn * device.columns;
    if (ports.length > available) {
      sound = false;
      report({
        code: 'shim-channels-exceeded',
        resource: `${channelKind(direction)} channels of the shim tiles`,
        needed: ports.length,
        available,
        unit: 'channels',
        place: null,
        message: `No shim tile has DMA capacity left: ${ports.length} ${channelKind(direction)} streams for ${available} channels, ${perColumn} per column.`,
        cure: 'Use a smaller herd, share operands by broadcast, or go through the memtiles.',
      });
    }
    const used = new Array<number>(device.columns).fill(0);
    const wishes = ports.map((port) => ({ port, columns: wishedColumns(port, device) }));
    wishes.sort((a, b) => a.columns.length - b.columns.length);
    for (const { port, columns } of wishes) {
      const wanted = columns.reduce((sum, column) => sum + column, 0) / columns.length;
      let best = -1;
      let bestCost = Number.POSITIVE_INFINITY;
      for (let column = 0; column < device.columns; column++) {
        if ((used[column] as number) >= perColumn) continue;
        const cost = Math.abs(column - wanted);
        if (cost < bestCost) {
          best = column;
          bestCost = cost;
        }
      }
      if (best < 0) continue;
      port.tile = { column: best, row: SHIM_ROW };
      port.channel = used[best] as number;
      used[best] = port.channel + 1;
    }
  }
  return sound;
}

/** Columns of the other ends; those of the whole array where there are none. */
function wishedColumns(port: Port, device: DeviceModel): readonly number[] {
  const columns = new Set(otherEnds(port).flatMap((end) => end.instance.tile?.column ?? []));
  return columns.size > 0 ? [...columns] : Array.from({ length: device.columns }, (_, column) => column);
}

export function dmaPorts(instance: ProcessInstance, direction: 'put' | 'get'): readonly Port[] {
  return instance.ports.filter((port) => port.direction === direction && port.stream.channel.kind === 'stream');
}

export function channelKind(direction: 'put' | 'get'): 'MM2S' | 'S2MM' {
  return direction === 'put' ? 'MM2S' : 'S2MM';
}

function channelCount(channels: DeviceModel['channels']['shim'], direction: 'put' | 'get'): number {
  return direction === 'put' ? channels.memoryToStream : channels.streamToMemory;
}

function channelNumbers(device: DeviceModel, direction: 'put' | 'get'): number[] {
  return Array.from({ length: channelCount(device.channels.memtile, direction) }, (_, channel) => channel);
}

function names(ports: readonly Port[]): string {
  const shown = ports.slice(0, 8).map(({ index }) => index);
  return ports.length > 8 ? `${shown.join(', ')}, …` : shown.join(', ');
}

import { BYTES_PER_ELEMENT, type DeviceModel } from '@tilewright/spec';
import { MEMTILE_ROW } from '../machine/machine.ts';
import { malformed, type Report } from './findings.ts';
import type { BufferUse } from './ownership.ts';
import type { Port, ProcessInstance } from './process-instance.ts';

interface MemtileLoad {
  puts: number;
  gets: number;
  bytes: number;
}

/**
 * Gives every memtile process instance a column: the one that its Program says, else a near one
 * with channels and memory left. Returns whether every instance has one that exists.
 */
export function assignMemtileColumns(
  instances: readonly ProcessInstance[],
  usesOf: ReadonlyMap<ProcessInstance, ReadonlyMap<string, BufferUse>>,
  device: DeviceModel,
  report: Report,
): boolean {
  const loads = Array.from({ length: device.columns }, (): MemtileLoad => ({ puts: 0, gets: 0, bytes: 0 }));
  const ownLoad = (instance: ProcessInstance): Readonly<MemtileLoad> =>
    loadOf(instance, usesOf.get(instance) as ReadonlyMap<string, BufferUse>);
  let sound = true;
  for (const instance of instances) {
    if (instance.tile === null) continue;
    const load = loads[instance.tile.column];
    if (load === undefined) {
      sound = false;
      const message = `it wants the memtile of column ${instance.tile.column}.`;
      report(malformed(instance.label, message, `Columns are 0 to ${device.columns - 1}.`));
    } else add(load, ownLoad(instance));
  }
  for (const instance of instances) {
    if (instance.tile !== null) continue;
    const own = ownLoad(instance);
    const wanted = preferredColumn(instance, device);
    let best = 0;
    let bestCost = Number.POSITIVE_INFINITY;
    for (let column = 0; column < device.columns; column++) {
      const cost = costOf(loads[column] as MemtileLoad, own, device) + Math.abs(column - wanted);
      if (cost < bestCost) {
        best = column;
        bestCost = cost;
      }
    }
    instance.tile = { column: best, row: MEMTILE_ROW };
    add(loads[best] as MemtileLoad, own);
  }
  return sound;
}

/** A full memtile costs more than any way; a channel in use as much as half a column of way. */
function costOf(load: MemtileLoad, more: Readonly<MemtileLoad>, device: DeviceModel): number {
  const after = { ...load };
  add(after, more);
  const { memoryToStream, streamToMemory } = device.channels.memtile;
  const full = after.puts > memoryToStream || after.gets > streamToMemory || after.bytes > device.l2BytesPerMemtile;
  return (full ? 1000 : 0) + (load.puts + load.gets) / 2;
}

function loadOf(instance: ProcessInstance, uses: ReadonlyMap<string, BufferUse>): Readonly<MemtileLoad> {
  const gets = instance.ports.filter(({ direction }) => direction === 'get').length;
  let bytes = 0;
  for (const { buffer, copies } of uses.values()) bytes += copies * buffer.elements * BYTES_PER_ELEMENT[buffer.format];
  return { puts: instance.ports.length - gets, gets, bytes };
}

function add(load: MemtileLoad, more: Readonly<MemtileLoad>): void {
  load.puts += more.puts;
  load.gets += more.gets;
  load.bytes += more.bytes;
}

/** The middle of the columns that it exchanges data with; the middle of the array if there are none yet. */
function preferredColumn(instance: ProcessInstance, device: DeviceModel): number {
  const columns = instance.ports.flatMap(otherEnds).flatMap(({ instance: other }) => other.tile?.column ?? []);
  if (columns.length === 0) return (device.columns - 1) / 2;
  return columns.reduce((sum, column) => sum + column, 0) / columns.length;
}

/** The ends of a port's stream on the other side. */
export function otherEnds(port: Port): readonly Port[] {
  if (port.direction === 'put') return port.stream.consumers;
  return port.stream.producer === null ? [] : [port.stream.producer];
}

import { BYTES_PER_ELEMENT, type DeviceModel } from '@tilewright/spec';
import { MEMTILE_ROW } from '../machine/machine.ts';
import { malformed, type Report } from './findings.ts';
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
  device: DeviceModel,
  report: Report,
): boolean {
  const loads = Array.from({ length: device.columns }, (): MemtileLoad => ({ puts: 0, gets: 0, bytes: 0 }));
  let sound = true;
  for (const instance of instances) {
    if (instance.tile === null) continue;
    const load = loads[instance.tile.column];
    if (load === undefined) {
      sound = false;
      const message = `it wants the memtile of column ${instance.tile.column}.`;
      report(malformed(instance.label, message, `Columns are 0 to ${device.columns - 1}.`));
    } else add(load, instance);
  }
  for (const instance of instances) {
    if (instance.tile !== null) continue;
    const wanted = preferredColumn(instance, device);
    let best = 0;
    let bestCost = Number.POSITIVE_INFINITY;
    for (let column = 0; column < device.columns; column++) {
      const cost = costOf(loads[column] as MemtileLoad, instance, device) + Math.abs(column - wanted);
      if (cost < bestCost) {
        best = column;
        bestCost = cost;
      }
    }
    instance.tile = { column: best, row: MEMTILE_ROW };
    add(loads[best] as MemtileLoad, instance);
  }
  return sound;
}

/** A full memtile costs more than any way; a channel in use as much as half a column of way. */
function costOf(load: MemtileLoad, instance: ProcessInstance, device: DeviceModel): number {
  const after = { ...load };
  add(after, instance);
  const { memoryToStream, streamToMemory } = device.channels.memtile;
  const full = after.puts > memoryToStream || after.gets > streamToMemory || after.bytes > device.l2BytesPerMemtile;
  return (full ? 1000 : 0) + (load.puts + load.gets) / 2;
}

function add(load: MemtileLoad, instance: ProcessInstance): void {
  for (const port of instance.ports) {
    if (port.direction === 'put') load.puts++;
    else load.gets++;
  }
  for (const { elements, format } of instance.buffers) load.bytes += elements * BYTES_PER_ELEMENT[format];
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

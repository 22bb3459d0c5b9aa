import type { BufferRole, HostModel } from '@tilewright/spec';
import type { BufferUses } from './buffer-uses.ts';

/** Where a value lives and what for. */
export interface Residency {
  readonly residency: 'host' | 'device';
  readonly role: BufferRole;
}

/** What one pass moves between host and device for a buffer. */
export interface Traffic {
  readonly copies: number;
  readonly syncs: number;
  readonly bytes: number;
  /** Estimated, from the device's host constants. */
  readonly us: number;
}

/**
 * What a pass moves for a buffer if it lived there: the rules of the `Plan`. On the host: copied and synced in
 * before each dispatch that names it, synced back after, copied back where it was written. On the device: in
 * before each dispatch (`input`), once ever (`static`), never (`intermediate`), or back after each dispatch
 * that writes it and in after each host step that does (`output`).
 */
export function traffic(uses: BufferUses, { residency, role }: Residency, host: HostModel): Traffic {
  const named = sumTimes(uses.dispatches);
  const written = sumTimes(uses.dispatches.filter(({ writes }) => writes));
  let copies = 0;
  let syncs = 0;
  if (residency === 'host') {
    copies = named + written;
    syncs = 2 * named;
  } else if (role === 'input') {
    copies = named;
    syncs = named;
  } else if (role === 'output') {
    copies = written + sumTimes(uses.hostWrites);
    syncs = copies;
  }
  return {
    copies,
    syncs,
    bytes: copies * uses.bytes,
    us: copyUs(copies * uses.bytes, host) + syncs * host.syncUs + (syncs * uses.bytes * 1e6) / host.syncBytesPerSecond,
  };
}

/** What a pass moves for a list of buffers as they are in the plan. */
export function trafficOf(list: readonly BufferUses[], host: HostModel): Traffic {
  const all = list.map((uses) => traffic(uses, uses.buffer, host));
  return {
    copies: all.reduce((sum, { copies }) => sum + copies, 0),
    syncs: all.reduce((sum, { syncs }) => sum + syncs, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    us: all.reduce((sum, { us }) => sum + us, 0),
  };
}

function copyUs(bytes: number, host: HostModel): number {
  return (bytes * 1e6) / host.copyBytesPerSecond;
}

function sumTimes(uses: readonly { readonly times: number }[]): number {
  return uses.reduce((sum, { times }) => sum + times, 0);
}

import type { Estimate, HostModel } from '@tilewright/spec';

/** memcpy into or out of a buffer object's mapped memory. */
export function copyEstimate(bytes: number, host: HostModel): Estimate {
  const us = (bytes / host.copyBytesPerSecond) * 1e6;
  return { kind: 'estimate', us, parts: [{ name: 'host-copy', us }], boundBy: 'host-copy' };
}

/** Cache maintenance that makes one side see the other's copy. */
export function syncEstimate(bytes: number, host: HostModel): Estimate {
  const us = host.syncUs + (bytes / host.syncBytesPerSecond) * 1e6;
  return { kind: 'estimate', us, parts: [{ name: 'sync', us }], boundBy: 'sync' };
}

import type { DeviceModel, Estimate } from '@tilewright/spec';

/** What a sync costs: cache maintenance over the buffer's bytes, and a fixed part. */
export function syncEstimate(device: DeviceModel, bytes: number): Estimate {
  const maintenanceUs = (bytes / device.host.syncBytesPerSecond) * 1e6;
  const parts = [
    { name: 'sync-call', us: device.host.syncUs },
    { name: 'cache-maintenance', us: maintenanceUs },
  ];
  return {
    kind: 'estimate',
    us: device.host.syncUs + maintenanceUs,
    parts,
    boundBy: maintenanceUs > device.host.syncUs ? 'cache-maintenance' : 'sync-call',
  };
}

import type { DeviceModel } from '@tilewright/spec';

/** A device of four columns that nobody built, for targets and skills that are tested without one. */
export const SMALL_DEVICE: DeviceModel = {
  id: 'small',
  name: 'A small array for tests',
  columns: 4,
  computeRows: 2,
  clockMegahertz: 1000,
  l1BytesPerTile: 16_384,
  l2BytesPerMemtile: 65_536,
  programBytesPerTile: 8_192,
  channels: {
    shim: { memoryToStream: 2, streamToMemory: 2 },
    memtile: { memoryToStream: 4, streamToMemory: 4 },
    compute: { memoryToStream: 2, streamToMemory: 2 },
  },
  bufferDescriptors: { shim: 16, memtile: 32, memtilePerChannelParity: 16, compute: 16 },
  locks: { shim: 16, memtile: 32, compute: 16 },
  dma: {
    dimensions: 4,
    shimWraps: [64, 1024, 1024, 1024],
    maxStrideWords: 1_048_576,
    maxRepeatCount: 255,
    alignmentBytes: 4,
    shimQueueDepth: 4,
    maxTasksInFlight: 4,
  },
  switchPorts: {
    shim: { north: { in: 4, out: 4 }, south: { in: 4, out: 4 }, east: { in: 4, out: 4 }, west: { in: 4, out: 4 } },
    memtile: { north: { in: 4, out: 4 }, south: { in: 4, out: 4 }, east: { in: 0, out: 0 }, west: { in: 0, out: 0 } },
    compute: { north: { in: 4, out: 4 }, south: { in: 4, out: 4 }, east: { in: 4, out: 4 }, west: { in: 4, out: 4 } },
  },
  host: {
    copyBytesPerSecond: 10e9,
    syncBytesPerSecond: 50e9,
    syncUs: 5,
    flopsPerSecond: 20e9,
    transposeBytesPerSecond: 4e9,
    stepUs: 50,
    layerTokenUs: 1,
  },
};

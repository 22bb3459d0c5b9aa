import type { DeviceModel } from '@tilewright/spec';

const four = { in: 4, out: 4 };
const none = { in: 0, out: 0 };

/**
 * The array of facts/device.json, as far as limits of kernels depend on it, for tests of this package:
 * it may not import the target that owns the constant.
 */
export const EIGHT_BY_FOUR: DeviceModel = {
  id: 'eight-by-four',
  name: 'eight columns by four rows',
  columns: 8,
  computeRows: 4,
  clockMegahertz: 1250,
  l1BytesPerTile: 65_536,
  l2BytesPerMemtile: 524_288,
  programBytesPerTile: 16_384,
  channels: {
    shim: { memoryToStream: 2, streamToMemory: 2 },
    memtile: { memoryToStream: 6, streamToMemory: 6 },
    compute: { memoryToStream: 2, streamToMemory: 2 },
  },
  bufferDescriptors: { shim: 16, memtile: 48, memtilePerChannelParity: 24, compute: 16 },
  locks: { shim: 16, memtile: 64, compute: 16 },
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
    shim: { north: four, south: four, east: four, west: four },
    memtile: { north: four, south: four, east: none, west: none },
    compute: { north: four, south: four, east: four, west: four },
  },
  host: {
    copyBytesPerSecond: 12e9,
    syncBytesPerSecond: 50e9,
    syncUs: 5,
    flopsPerSecond: 20e9,
    transposeBytesPerSecond: 4e9,
    stepUs: 50,
    layerTokenUs: 1,
  },
};

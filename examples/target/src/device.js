/**
 * The array that plans for this target are made for. Nobody built it: its cores are functions of one process.
 * Its limits are like an XDNA 2's, so that the registry's kernels have configurations that fit.
 * @type {import('@tilewright/spec').DeviceModel}
 */
export const CPU_ARRAY = {
  id: 'cpu-array',
  name: 'an array of 8 by 4 cores played by this CPU',
  columns: 8,
  computeRows: 4,
  clockMegahertz: 1000,
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
    maxTasksInFlight: 6,
  },
  switchPorts: {
    shim: ports(4, 6, 8, 6, 4),
    memtile: ports(4, 6, 6, 4, 0),
    compute: ports(4, 6, 6, 4, 4),
  },
  // What the host's own part of the work costs, roughly, on a laptop.
  host: {
    copyBytesPerSecond: 10e9,
    syncBytesPerSecond: 10e9,
    syncUs: 1,
    flopsPerSecond: 5e9,
    transposeBytesPerSecond: 1e9,
    stepUs: 20,
    layerTokenUs: 1,
  },
};

/** @param {number} northIn @param {number} northOut @param {number} southIn @param {number} southOut @param {number} side */
function ports(northIn, northOut, southIn, southOut, side) {
  const sideways = { in: side, out: side };
  return {
    north: { in: northIn, out: northOut },
    south: { in: southIn, out: southOut },
    east: sideways,
    west: sideways,
  };
}

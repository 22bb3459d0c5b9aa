import type { DeviceModel } from '@tilewright/spec';

/**
 * AMD XDNA 2 as in a Ryzen AI 9 HX 370 (Strix, AIE2P). Figures are those that the MLIR-AIR project
 * published (`facts/device.json`, named by their row there) unless a comment says otherwise.
 */
export const XDNA2: DeviceModel = {
  id: 'xdna2',
  name: 'AMD XDNA 2 (Strix, AIE2P)',
  // topology: "columns", "compute rows"
  columns: 8,
  computeRows: 4,
  // compute: "clock (implied)", 1.25 GHz; no source states it
  clockMegahertz: 1250,
  // memory: "L1 per core", "L2 per memtile", "program memory per core"
  l1BytesPerTile: 65_536,
  l2BytesPerMemtile: 524_288,
  programBytesPerTile: 16_384,
  // dma: "shim channels", "memtile channels", "core channels"
  channels: {
    shim: { memoryToStream: 2, streamToMemory: 2 },
    memtile: { memoryToStream: 6, streamToMemory: 6 },
    compute: { memoryToStream: 2, streamToMemory: 2 },
  },
  // dma: "BDs per shim/core tile", "BDs per memtile" and its per_channel_parity_half
  bufferDescriptors: { shim: 16, memtile: 48, memtilePerChannelParity: 24, compute: 16 },
  // AMD AM020 (AIE-ML tiles) and the public MLIR-AIE target model: 16 locks per compute and shim tile, 64 per
  // memtile; "lock value" in device.json agrees on memtile lock ids up to 63
  locks: { shim: 16, memtile: 64, compute: 16 },
  dma: {
    // dma: "BD dimensions"; compute tiles address three dimensions and a repeat, which is taken as four too [assumption]
    dimensions: 4,
    // dma: "shim per-dim wrap bound (exclusive)"
    shimWraps: [64, 1024, 1024, 1024],
    // dma: "BD stride bound"
    maxStrideWords: 1_048_576,
    // dma: "push_queue repeat_count"
    maxRepeatCount: 255,
    // dma: "transfer alignment"
    alignmentBytes: 4,
    // dma: "shim DMA task queue depth", "tasks in flight per shim channel" (completes up to 6, hangs from 7)
    shimQueueDepth: 4,
    maxTasksInFlight: 6,
  },
  // Stream-switch ports of AIE-ML tiles as in AMD AM020 and the public MLIR-AIE target model; AIE2P is assumed to
  // have the same. Memtile switches connect north and south only.
  switchPorts: {
    shim: {
      north: { in: 4, out: 6 },
      south: { in: 8, out: 6 },
      east: { in: 4, out: 4 },
      west: { in: 4, out: 4 },
    },
    memtile: {
      north: { in: 4, out: 6 },
      south: { in: 6, out: 4 },
      east: { in: 0, out: 0 },
      west: { in: 0, out: 0 },
    },
    compute: {
      north: { in: 4, out: 6 },
      south: { in: 6, out: 4 },
      east: { in: 4, out: 4 },
      west: { in: 4, out: 4 },
    },
  },
  host: {
    // overheads: "host<->device bandwidth", 20 GB/s for the memcpy alone
    copyBytesPerSecond: 20e9,
    // timing-notes: buffer writes, which are a copy and its sync, run at 15.5 GB/s
    // [derived: 1 / (1/15.5 − 1/20); a published read-back without a copy, 8 MB in 0.1 ms, is at 80 GB/s]
    syncBytesPerSecond: 69e9,
    // No published figure; small beside "filelock + xrt.run + set_arg", 70 us per dispatch [assumption]
    syncUs: 5,
    // timing-notes: CPU attention about 0.3 ms per layer for Llama-3.2-1B: 32 heads × 64 × 2 products over 2,048
    // positions, if the context was full [derived]
    flopsPerSecond: 28e9,
    // timing-notes: 234 us per MB transposed
    transposeBytesPerSecond: 1e12 / 234,
    // overheads: "Python between dispatches (SmolVLA)", 73 us per call
    stepUs: 73,
    // models.json, Llama-3.2-1B, breakdown of a prefill of 2,048 tokens and 16 layers: 125 ms of Python that
    // nothing else accounts for [derived: per token and layer; that it grows with the tokens is an assumption]
    layerTokenUs: 125_000 / 16 / 2048,
  },
};

/** A figure with where it comes from. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}

/** The limits of a spatial device that plans and programs must respect. Data, for everyone to read. */
export interface DeviceModel {
  readonly id: string;
  readonly name: string;
  readonly columns: number;
  /** Rows of compute tiles. */
  readonly computeRows: number;
  readonly clockMegahertz: number;
  readonly l1BytesPerTile: number;
  readonly l2BytesPerMemtile: number;
  readonly programBytesPerTile: number;
  readonly channels: {
    readonly shim: DmaChannels;
    readonly memtile: DmaChannels;
    readonly compute: DmaChannels;
  };
  readonly bufferDescriptors: {
    readonly shim: number;
    readonly memtile: number;
    /** Half of a memtile's descriptors serve its even channels, half its odd ones. */
    readonly memtilePerChannelParity: number;
    readonly compute: number;
  };
  readonly locks: { readonly shim: number; readonly memtile: number; readonly compute: number };
  readonly dma: {
    readonly dimensions: number;
    /** Exclusive bounds of a shim descriptor's wraps, outermost first. */
    readonly shimWraps: readonly number[];
    /** In 32-bit words. */
    readonly maxStrideWords: number;
    readonly maxRepeatCount: number;
    readonly alignmentBytes: number;
    readonly shimQueueDepth: number;
    readonly maxTasksInFlight: number;
  };
  /** Stream-switch ports towards each neighbour, per tile kind. */
  readonly switchPorts: {
    readonly shim: SwitchPorts;
    readonly memtile: SwitchPorts;
    readonly compute: SwitchPorts;
  };
  readonly host: HostModel;
}

export interface DmaChannels {
  readonly memoryToStream: number;
  readonly streamToMemory: number;
}

export interface SwitchPorts {
  readonly north: { readonly in: number; readonly out: number };
  readonly south: { readonly in: number; readonly out: number };
  readonly east: { readonly in: number; readonly out: number };
  readonly west: { readonly in: number; readonly out: number };
}

/** What the host's part costs. Estimates of host steps are made from these and nothing else. */
export interface HostModel {
  /** memcpy into or out of a buffer object, bytes per second. */
  readonly copyBytesPerSecond: number;
  /** Cache maintenance of a sync, bytes per second, and its fixed cost. */
  readonly syncBytesPerSecond: number;
  readonly syncUs: number;
  /** FP32 multiply-adds per second of host kernels (decode attention, norms). */
  readonly flopsPerSecond: number;
  /** Bytes per second of a transposing copy. */
  readonly transposeBytesPerSecond: number;
  /** Fixed cost of a host step. */
  readonly stepUs: number;
  /** What a layer of a pass costs the runner for each token, beside all copies and computations that are counted. */
  readonly layerTokenUs: number;
}

import type { AccessPattern, Affine, Loop, Program, StorageFormat } from '@tilewright/spec';

/**
 * What compiling a Program yields: for each launch one configuration of the array as data. Nothing
 * is left to look up by name; every tile, buffer, lock, DMA channel and flow is an entry of a list
 * and is referred to by its index there.
 */
export interface Machine {
  readonly program: Program;
  readonly launches: readonly MachineLaunch[];
}

/**
 * One configuration. Its actors (DMA channels and cores) run at the same time and meet in locks,
 * within a tile, and in flows, between tiles. Every actor executes its steps once per iteration of
 * the grid; all of them take the iterations in the order of `launchIterations`.
 */
export interface MachineLaunch {
  readonly name: string;
  /** Outermost first. */
  readonly grid: readonly Loop[];
  /** Iterations of each grid axis that one batch of shim tasks covers: a divisor of its extent. */
  readonly batchExtents: readonly number[];
  readonly buffers: readonly BufferInstance[];
  readonly locks: readonly LockInstance[];
  readonly flows: readonly Flow[];
  readonly dmas: readonly DmaChannel[];
  readonly cores: readonly Core[];
}

/** Array coordinates: row 0 holds the shim tiles, row 1 the memtiles, compute tiles start at row 2. */
export interface Tile {
  readonly column: number;
  readonly row: number;
}

/** Memory of one tile. What it holds when the launch starts is not specified; the interpreter poisons it. */
export interface BufferInstance {
  readonly name: string;
  readonly tile: Tile;
  readonly format: StorageFormat;
  readonly accumulator: boolean;
  readonly elements: number;
  /** Byte address of each copy in the tile's memory: one, or two or three where the buffer is ping-pong. */
  readonly addresses: readonly number[];
  /** The core's loop whose unrolled copies use the copies of the buffer in another order than its DMA; else null. */
  readonly unrolled: UnrolledLoop | null;
}

/** See `unrolledCopy`. */
export interface UnrolledLoop {
  readonly variable: string;
  readonly trips: number;
}

/** A counting semaphore of one tile. */
export interface LockInstance {
  /** `a.free core→MM2S 0`: the buffer, what a unit of the lock says, and the pair that uses it. */
  readonly name: string;
  readonly tile: Tile;
  readonly initial: number;
}

/** Steps of a DMA channel or a core, executed in order. */
export type Step = LoopStep | AcquireStep | ReleaseStep | AdvanceStep | SelectStep | TransferStep | CallStep;

export interface LoopStep {
  readonly kind: 'loop';
  readonly variable: string;
  readonly extent: number;
  readonly body: readonly Step[];
}

/** Waits until the lock's value is at least `count`, then subtracts it. */
export interface AcquireStep {
  readonly kind: 'acquire';
  readonly lock: number;
  readonly count: number;
}

/** Adds `count` to the lock's value. */
export interface ReleaseStep {
  readonly kind: 'release';
  readonly lock: number;
  readonly count: number;
}

/**
 * The actor goes on to the next copy of a ping-pong buffer, cyclically. Each actor starts at copy 0
 * when the launch starts, has its own position per buffer, and keeps it over grid iterations.
 */
export interface AdvanceStep {
  readonly kind: 'advance';
  readonly buffer: number;
}

/** The core turns to the copy of a buffer that the current iteration of its unrolled loop uses. */
export interface SelectStep {
  readonly kind: 'select';
  readonly buffer: number;
  readonly loop: UnrolledLoop;
}

/**
 * Moves elements between memory and a flow in the order of the access pattern. Done by a DMA
 * channel, or by the core itself where the flow is a cascade. `access.offset` is affine in the
 * variables of the loops around it and, at the shim, of the grid; coordinates are already in it.
 */
export interface TransferStep {
  readonly kind: 'transfer';
  /** `put`: memory to flow; `get`: flow to memory. */
  readonly direction: 'put' | 'get';
  readonly memory: MemoryReference;
  readonly access: AccessPattern;
  /** Product of `access.sizes`. */
  readonly elements: number;
  readonly flow: number;
}

/** The actor's current copy of a tile's buffer, or an argument of the program, by its index there. */
export type MemoryReference =
  | { readonly kind: 'buffer'; readonly buffer: number }
  | { readonly kind: 'argument'; readonly argument: number };

/** Parameters and offsets are affine in loop variables and, for parameters, the grid's. */
export interface CallStep {
  readonly kind: 'call';
  readonly microkernel: string;
  readonly operands: Readonly<Record<string, { readonly buffer: number; readonly offset: Affine }>>;
  readonly parameters: Readonly<Record<string, Affine>>;
}

/** One DMA channel of a tile, serving one flow. */
export interface DmaChannel {
  readonly tile: Tile;
  /** MM2S reads memory and puts on a stream, S2MM gets from a stream and writes memory. */
  readonly direction: 'MM2S' | 'S2MM';
  readonly channel: number;
  readonly flow: number;
  readonly steps: readonly Step[];
  /** Buffer descriptors that it holds: of its ring, or at the shim of one batch. */
  readonly descriptors: number;
  /** Queue pushes per batch, at the shim: each runs one descriptor chain, possibly repeated. 0 elsewhere. */
  readonly tasksPerBatch: number;
  /** At the shim: transfers of each batch whose tasks found no room in the queue and are lost, from this one on. */
  readonly lostFrom: { readonly transfer: number; readonly perBatch: number } | null;
  /** Serves blocks of different trip counts, so its tasks are counted instead of an endless ring. */
  readonly finite: boolean;
}

export interface Core {
  readonly tile: Tile;
  readonly herd: string;
  /** Herd coordinates. */
  readonly x: number;
  readonly y: number;
  readonly steps: readonly Step[];
  /** Estimated program memory in bytes. */
  readonly programBytes: number;
}

/**
 * A stream of elements from one producer to one or more consumers, each of which receives all of
 * it in order; the producer cannot run ahead of the slowest consumer by more than the FIFOs on the
 * way hold.
 */
export interface Flow {
  /** Channel and index: `a_l2[1, 0]`. */
  readonly name: string;
  readonly kind: 'stream' | 'cascade';
  readonly format: StorageFormat;
  /** Null where the Program has no put for it: its consumers will wait for ever. */
  readonly source: Endpoint | null;
  /** Empty where the Program has no get for it: its producer will block. */
  readonly destinations: readonly Endpoint[];
  /** Stream-switch connections that carry it, as a tree; empty for a cascade, which has its own wires. */
  readonly route: readonly Hop[];
}

/** The DMA channel, or the core's cascade port, at one end of a flow. */
export interface Endpoint {
  readonly tile: Tile;
  readonly port: 'dma' | 'cascade';
  /** Channel number of the DMA; 0 for a cascade. */
  readonly channel: number;
}

/** A connection from one tile's stream switch to a neighbour's. */
export interface Hop {
  readonly from: Tile;
  readonly to: Tile;
  /** Which of the parallel wires between the two switches. */
  readonly port: number;
}

/** Row of the shim tiles, of the memtiles, and of the lowest compute tiles. */
export const SHIM_ROW = 0;
export const MEMTILE_ROW = 1;
export const FIRST_CORE_ROW = 2;

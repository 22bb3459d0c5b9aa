import type { StorageFormat } from '../number/storage-format.ts';
import type { Affine } from './affine.ts';

/**
 * The spatial program of one dispatch, in the terms of the MLIR-AIR dialect: launches over an
 * iteration space; each with processes at the shim (L3), processes at the memtiles (L2) and herds
 * of cores (L1) that run at the same time and meet only in channels. It is data: it can be stored,
 * printed, compiled, executed and counted.
 *
 * Meaning: every process is a sequence of statements; a `put` blocks until its data is taken, a
 * `get` until data has come. A channel carries a stream of elements: one put may feed several gets
 * and one get may take several puts, as long as the totals agree. So the result does not depend on
 * timing.
 */
export interface Program {
  readonly specificationVersion: 'v1';
  readonly name: string;
  /** How the host submits it: one configuration loaded once, or a stream that configures each launch. */
  readonly hostPath: 'xclbin' | 'elf';
  readonly arguments: readonly ProgramArgument[];
  /** Executed strictly in order; each is its own configuration of the array. */
  readonly launches: readonly Launch[];
}

/** A buffer in DDR that the host passes. `elements` is its full length, padding included. */
export interface ProgramArgument {
  readonly name: string;
  readonly format: StorageFormat;
  readonly elements: number;
  readonly access: 'read' | 'write' | 'read-write';
}

/** A named variable that runs over 0 … extent − 1. */
export interface Loop {
  readonly variable: string;
  readonly extent: number;
}

export interface Launch {
  readonly name: string;
  /** The launch's iteration space, outermost first. Only shim processes and call parameters see it. */
  readonly grid: readonly Loop[];
  /**
   * Per grid axis, how many iterations one batch of shim tasks covers at most (the real compiler's
   * `runtime_loop_tiling_sizes`); null folds the whole grid into the descriptors.
   */
  readonly batchTiling: readonly number[] | null;
  /**
   * How the instruction stream hands a batch's tasks to the shim's queues: `paced` waits for older ones
   * in time; `at-once` pushes all of them, and a queue that is full loses what comes. Default `paced`.
   */
  readonly taskIssue?: 'paced' | 'at-once';
  /** Where the compiler may double the buffers of an innermost loop. */
  readonly pingPong: 'L1-and-L2' | 'L1' | 'L2' | 'none';
  /** Core stack in bytes; it is part of L1. */
  readonly stackBytes: number;
  readonly channels: readonly Channel[];
  /** L3 side, one per flow. Executed once per grid iteration with the grid variables in scope. */
  readonly shim: readonly ShimProcess[];
  /** L2 side. Executed once per grid iteration, without seeing it. */
  readonly memtile: readonly MemtileProcess[];
  readonly herds: readonly Herd[];
}

/**
 * A bundle of streams, one per index of `shape`. With `broadcast`, each stream is delivered to
 * every index of the `broadcast` shape that it stretches to (an axis of extent 1 stretches).
 * A `cascade` runs from a core to its southern neighbour (same x, y − 1) and nowhere else.
 */
export interface Channel {
  readonly name: string;
  readonly kind: 'stream' | 'cascade';
  readonly format: StorageFormat;
  readonly shape: readonly number[];
  readonly broadcast: readonly number[] | null;
}

/** A process with one instance per point of `parallel`. */
export interface ShimProcess {
  readonly name: string;
  readonly parallel: readonly Loop[];
  readonly body: readonly Statement[];
}

export interface MemtileProcess {
  readonly name: string;
  readonly parallel: readonly Loop[];
  /** Which column's memtile holds an instance's buffers; null leaves it to the compiler. */
  readonly column: Affine | null;
  readonly buffers: readonly Buffer[];
  readonly body: readonly Statement[];
}

/** `columns` by `rows` of cores that run the same body; it sees its coordinates as `x` and `y`. */
export interface Herd {
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  /**
   * The lowest, leftmost core; null leaves it to the compiler (column 0, lowest core row). Rows are
   * those of the array: 0 shim, 1 memtiles, 2 the lowest cores.
   */
  readonly at: { readonly column: number; readonly row: number } | null;
  readonly buffers: readonly Buffer[];
  readonly body: readonly Statement[];
}

/**
 * Memory of one memtile process instance (L2) or one core (L1). An `accumulator` is held with
 * unrounded sums while microkernels add to it and is rounded to its format when anything else
 * reads it.
 */
export interface Buffer {
  readonly name: string;
  readonly format: StorageFormat;
  readonly elements: number;
  readonly accumulator?: boolean;
}

export type Statement = ForStatement | IfStatement | TransferStatement | CallStatement;

export interface ForStatement {
  readonly kind: 'for';
  readonly variable: string;
  readonly extent: number;
  readonly body: readonly Statement[];
}

/** Chosen per core or instance: the condition is affine in coordinates and parallel variables only. */
export interface IfStatement {
  readonly kind: 'if';
  readonly value: Affine;
  readonly is: 'zero' | 'positive';
  readonly body: readonly Statement[];
}

/**
 * Moves elements between a buffer (or a program argument, at the shim) and a channel, in the order
 * of the access pattern, row-major over `sizes`. Formats are the same on both sides: a DMA reorders
 * and never converts.
 *
 * A buffer is owned by the DMA or the process in turns: a `get` hands the filled buffer over until
 * the block that contains the get ends; a `put` claims the buffer from the start of the block that
 * contains it and hands it to the DMA there.
 */
export interface TransferStatement {
  readonly kind: 'get' | 'put';
  readonly channel: string;
  /** Index into the channel's shape (or, for a get, its broadcast shape). */
  readonly at: readonly Affine[];
  /** A buffer of the process; at the shim, a program argument. */
  readonly buffer: string;
  readonly access: AccessPattern;
}

/** Elements `offset + Σ index·stride` for indices below `sizes`, outermost first. */
export interface AccessPattern {
  readonly offset: Affine;
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
}

/** Work of a core. Operands by the microkernel's names, parameters affine in everything in scope. */
export interface CallStatement {
  readonly kind: 'call';
  readonly microkernel: string;
  readonly operands: Readonly<Record<string, Operand>>;
  readonly parameters: Readonly<Record<string, Affine>>;
}

/** A contiguous part of an L1 buffer from `offset` on; how long it is follows from the parameters. */
export interface Operand {
  readonly buffer: string;
  readonly offset: Affine;
}

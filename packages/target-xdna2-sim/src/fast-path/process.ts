import type { BoundCall } from '../execution/bound-call.ts';
import type { LocalBuffer } from '../execution/local-buffer.ts';
import type { RegisterAffine } from '../execution/register-affine.ts';
import type { WordPattern } from '../execution/word-pattern.ts';
import type { DmaChannel, UnrolledLoop } from '../machine/machine.ts';
import type { Storage } from '../microkernels/microkernel.ts';
import type { Reader, Stream, Waiter } from './stream.ts';

/**
 * A buffer of a process, or an argument in DDR, as the fast path holds it: one copy of the data,
 * and the generations of content that its puts have not delivered yet.
 */
export interface ProcessBuffer {
  readonly name: string;
  /** Elements, and how many of them make a word. */
  readonly elements: number;
  readonly elementsPerWord: number;
  /** Set per run for an argument. */
  words: Int32Array;
  /** Copies that the core and its DMA go through in different orders; null where there is no difference. */
  readonly outOfStep: OutOfStepBuffer | null;
  accumulator: LocalBuffer | null;
  /** Per copy, the puts that have to be taken before the copy may be filled again. Empty for an argument. */
  readonly copies: readonly PendingPut[][];
  generation: number;
  /** A block began that uses the buffer anew: its next transfer has to have a free copy. */
  fresh: boolean;
}

/** A buffer in whose loop the core and the ring of its DMA are out of step: see `unrolledCopy`. */
export interface OutOfStepBuffer {
  readonly loop: UnrolledLoop;
  readonly copies: readonly LocalBuffer[];
  /** What the core's calls see: the copy of the current iteration. */
  readonly seen: { readonly name: string; data: Storage };
  selected: number;
}

/** Transfers of a shim channel; from `lostFrom.transfer` of each batch on they have lost their task. */
export interface TaskQueue {
  readonly lostFrom: NonNullable<DmaChannel['lostFrom']>;
  transfers: number;
}

export interface PendingPut {
  readonly stream: Stream;
  readonly end: number;
}

/** One step of a process. Loops are jumps; `if` was decided when the process was bound. */
export type Operation =
  | { readonly code: 'grid' }
  | { readonly code: 'loop'; readonly register: number }
  | { readonly code: 'next'; readonly register: number; readonly extent: number; readonly start: number }
  | { readonly code: 'again' }
  | { readonly code: 'claim'; readonly buffers: readonly ProcessBuffer[] }
  | { readonly code: 'select'; readonly register: number; readonly buffers: readonly OutOfStepBuffer[] }
  | PutOperation
  | GetOperation
  | CallOperation;

export interface CallOperation {
  readonly code: 'call';
  readonly call: BoundCall;
}

export interface PutOperation {
  readonly code: 'put';
  readonly stream: Stream;
  readonly buffer: ProcessBuffer;
  readonly offset: RegisterAffine;
  readonly pattern: WordPattern;
  /** The core moves it itself, over the cascade. */
  readonly byCore: boolean;
  /** Null where every transfer has a task. */
  readonly queue: TaskQueue | null;
  readonly text: string;
}

export interface GetOperation {
  readonly code: 'get';
  readonly stream: Stream;
  readonly reader: Reader;
  readonly buffer: ProcessBuffer;
  readonly offset: RegisterAffine;
  readonly pattern: WordPattern;
  /** The core moves it itself, over the cascade. */
  readonly byCore: boolean;
  /** Null where every transfer has a task. */
  readonly queue: TaskQueue | null;
  readonly text: string;
}

/** A shim process, memtile process or core that stands somewhere in its operations. */
export interface Process extends Waiter {
  readonly name: string;
  readonly operations: readonly Operation[];
  /** Grid variables first, then one per loop. */
  readonly registers: Int32Array;
  /** Of a shim process some of whose tasks are lost. */
  readonly queues: readonly TaskQueue[];
  at: number;
  /** Grid iterations begun. */
  iteration: number;
  /** Words of the current transfer that have moved. */
  moved: number;
  waitsOn: string | null;
  done: boolean;
}

import type { Environment } from '@tilewright/spec';
import type { DmaChannel, Step } from '../machine/machine.ts';
import type { FlowFifo } from './flow-fifo.ts';

/** What an actor stands still for. */
export type Wait =
  | { readonly kind: 'lock'; readonly lock: number; readonly count: number }
  | { readonly kind: 'room'; readonly fifo: FlowFifo }
  | { readonly kind: 'data'; readonly fifo: FlowFifo; readonly destination: number }
  /** The other shim channels have not finished the batch. */
  | { readonly kind: 'batch'; readonly batch: number }
  /** A shim channel whose further tasks of the batch found no room in its queue: nothing ever starts them. */
  | { readonly kind: 'task'; readonly transfer: number };

/** A DMA channel or a core. Its program is a generator that yields whenever it cannot go on. */
export interface Actor {
  /** `core (2, 3)`, `memtile 1 MM2S 0`, `shim 4 S2MM 1`. */
  readonly name: string;
  readonly program: Generator<Wait, void, undefined>;
  queued: boolean;
  done: boolean;
  wait: Wait | null;
  readonly position: Position;
}

/** Where an actor stands, for the dump, and which copy of each ping-pong buffer it is at. */
export interface Position {
  step: Step | null;
  environment: Environment;
  readonly copies: Map<number, number>;
  /** Transfers done, and from which of a batch on the channel's tasks are lost. */
  transfers: number;
  readonly lostFrom: DmaChannel['lostFrom'];
}

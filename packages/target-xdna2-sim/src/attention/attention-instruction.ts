import type { CallInstruction, Instruction } from '../lifted/lifted-launch.ts';
import type { PanelFamily } from './panel-store.ts';

/** Where a panel of a family begins in its argument: elements, in the first iteration, and the grid shift. */
export interface PanelPlace {
  readonly family: PanelFamily;
  readonly base: number;
  readonly shift: number;
}

/** One chunk of keys. */
export interface AttentionChunk {
  /** scores += query·keyᵀ, rounded each time. */
  readonly products: readonly { readonly query: PanelPlace; readonly key: PanelPlace }[];
  readonly mask: CallInstruction | null;
  readonly value: PanelPlace;
  /** The same in the words of the Program, microkernel by microkernel: what this stands for. */
  readonly plain: readonly Instruction[];
}

/** What a core does with one query tile and a row of key chunks, as one instruction. */
export interface AttentionInstruction {
  readonly code: 'attention';
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly scale: number;
  /** Bytes of panels that one chunk needs at most. */
  readonly panelBytes: number;
  /** Buffers of the core, by number. */
  readonly scores: number;
  readonly output: number;
  readonly maximum: number;
  readonly sum: number;
  readonly factor: number;
  readonly sums: number;
  readonly chunks: readonly AttentionChunk[];
}

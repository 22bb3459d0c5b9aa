import type { AttentionInstruction } from '../attention/attention-instruction.ts';
import type { BoundCall } from '../execution/bound-call.ts';
import type { LocalBuffer } from '../execution/local-buffer.ts';
import type { GridShift } from './stretch.ts';

/**
 * One grid iteration of a launch with its data movement worked out: what each core does, with where
 * every word comes from. Other iterations are the same at shifted addresses, and independent of it.
 */
export interface LiftedLaunch {
  readonly cores: readonly LiftedCore[];
  /** What goes from DDR to DDR without a core. */
  readonly passing: readonly Move[];
  /** Values that cores send each other in an iteration. */
  readonly values: number;
  readonly shifts: readonly GridShift[];
  /** Values of the grid variables per iteration in the order of execution, flat. */
  readonly gridValues: Int32Array;
  readonly iterations: number;
  readonly readArguments: ReadonlySet<number>;
  readonly writtenArguments: ReadonlySet<number>;
}

export interface LiftedCore {
  readonly buffers: readonly LocalBuffer[];
  readonly instructions: readonly Instruction[];
}

export type Instruction =
  | LoadInstruction
  | CallInstruction
  | ProductInstruction
  | AttentionInstruction
  | { readonly code: 'send'; readonly value: number; readonly move: CopyRuns; readonly buffer: number }
  | { readonly code: 'store'; readonly buffer: number; readonly moves: readonly Move[] };

/** Runs copied from one memory to another, in words; both sides relative to a base. */
export interface CopyRuns {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly lengths: Int32Array;
  readonly words: number;
}

/** A place in a program argument; `shift` numbers a grid shift. */
export interface ArgumentPlace {
  readonly argument: number;
  readonly shift: number;
  /** In words, in the first iteration. */
  readonly base: number;
}

/** Words that go to an argument: from a core's buffer, or, when passing through, from another argument. */
export interface Move {
  readonly source: ArgumentPlace | { readonly base: number };
  readonly target: ArgumentPlace;
  readonly runs: CopyRuns;
}

export interface LoadInstruction {
  readonly code: 'load';
  readonly buffer: number;
  readonly source: ArgumentPlace | { readonly value: number; readonly base: number };
  readonly targetBase: number;
  readonly runs: CopyRuns;
  /** An accumulator takes over what came. */
  readonly widens: boolean;
}

export interface CallInstruction {
  readonly code: 'call';
  readonly call: BoundCall;
  readonly operands: readonly CallOperand[];
  /** Parameters that are not the same every time: constant part, and coefficients of grid variables. */
  readonly parameters: readonly { readonly name: string; readonly constant: number; readonly grid: GridShift }[];
}

/** An operand in a core's buffer, or in place in an argument. */
export interface CallOperand {
  readonly buffer: number;
  /** In elements. */
  readonly offset: number;
  argument: ArgumentPlace | null;
}

/** c = a·b for a chain of calls that began with c at zero, or c += a·b with c rounded to bf16 at the end. */
export interface ProductInstruction {
  readonly code: 'product';
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: PanelSource;
  readonly b: PanelSource;
  readonly buffer: number;
  readonly offset: number;
  readonly rounds: boolean;
}

/** `outer` vectors along k. */
export type PanelSource =
  | {
      readonly kind: 'argument';
      readonly argument: number;
      readonly shift: number;
      /** Elements. */
      readonly base: number;
      readonly outerStride: number;
      readonly kStride: number;
    }
  | { readonly kind: 'core'; readonly buffer: number; readonly offset: number; readonly layout: PanelLayout };

/** How a matrix kernel's operand lies in L1: blocks of eight along k contiguous, or 8x8 blocks along k and n. */
export type PanelLayout = 'k-blocks' | 'k-n-blocks';

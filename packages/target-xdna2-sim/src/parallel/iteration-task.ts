import type { Program } from '@tilewright/spec';

/** Iterations of one launch that several threads take turns at; memory is shared. */
export interface IterationTask {
  /** The same for every run of one launch. */
  readonly key: number;
  readonly program: Program;
  readonly launch: number;
  /** The program's arguments. */
  readonly words: readonly Int32Array[];
  /** Its one element is the next iteration that nobody has taken. */
  readonly turns: Int32Array;
}

/** What a worker answers when no iteration is left. */
export interface IterationAnswer {
  /** What went wrong, if anything. */
  readonly error: string | null;
}

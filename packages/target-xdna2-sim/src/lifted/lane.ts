import type { LocalBuffer } from '../execution/local-buffer.ts';
import type { LiftedCore, ProductInstruction } from './lifted-launch.ts';

/** One core in one grid iteration. */
export interface Lane {
  readonly core: LiftedCore;
  /** Memory of the core; null where no instruction needs the buffer. */
  readonly buffers: readonly (LocalBuffer | null)[];
  /** Values of the grid variables, and of the grid shifts, in this iteration. */
  grid: Int32Array;
  shifts: Int32Array;
  /** What cores of this iteration have sent. */
  values: (Int32Array | undefined)[];
  at: number;
  /** The product that it waits for. */
  product: ProductInstruction | null;
}

import type { MicrokernelParameters } from '@tilewright/spec';

/**
 * How a buffer is held while a dispatch runs: bf16 as bit patterns, f32 as such, and an
 * `accumulator` as float64, which is rounded to float32 when anything but an accumulating
 * microkernel reads it. A sum over the whole life of an accumulator is therefore rounded once.
 */
export type Storage = Uint16Array | Float32Array | Float64Array | Int32Array;

export interface OperandView {
  readonly data: Storage;
  /** First element of the operand in `data`. */
  readonly offset: number;
}

/** The arithmetic of one microkernel call, in place on its operands. Deterministic to the bit. */
export type MicrokernelImplementation = (
  operands: Readonly<Record<string, OperandView>>,
  parameters: MicrokernelParameters,
) => void;

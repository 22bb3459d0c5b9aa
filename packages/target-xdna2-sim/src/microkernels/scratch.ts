import { bf16ToF32 } from '@tilewright/spec';
import type { OperandView } from './microkernel.ts';

/**
 * Reusable float64 memory of the microkernels, by purpose, so that a call allocates nothing. The
 * simulator is single-threaded and no microkernel calls another, so a purpose is never in use twice.
 */
const memory = new Map<string, Float64Array>();

/** At least `elements` of float64 for this purpose; the content is whatever was left there. */
export function scratch(purpose: string, elements: number): Float64Array {
  let found = memory.get(purpose);
  if (found === undefined || found.length < elements) {
    found = new Float64Array(elements);
    memory.set(purpose, found);
  }
  return found;
}

/** Widens `elements` bf16 values of an operand into scratch memory. */
export function widen(operand: OperandView, elements: number, purpose: string): Float64Array {
  const wide = scratch(`wide ${purpose}`, elements);
  const { data, offset } = operand;
  for (let i = 0; i < elements; i++) wide[i] = bf16ToF32(data[offset + i]!);
  return wide;
}

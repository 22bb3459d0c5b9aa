import type { StorageFormat } from '../number/storage-format.ts';

/** The values of a call's parameters. */
export type MicrokernelParameters = Readonly<Record<string, number>>;

/**
 * What a microkernel is, as far as Programs, compilers and people need it. Its arithmetic and its
 * cycles are the target's; its object code on hardware comes from `source`.
 */
export interface MicrokernelSignature {
  readonly name: string;
  readonly summary: string;
  readonly operands: readonly MicrokernelOperand[];
  readonly parameters: readonly string[];
  /** Which parameter values the datapath takes; empty when all is well, else one sentence each. */
  limits(parameters: MicrokernelParameters): readonly string[];
  /** Multiply-accumulates of one call that count as the model's matrix work. */
  multiplyAccumulates(parameters: MicrokernelParameters): number;
  /** Where and how it rounds, in words. */
  readonly datapath: string;
  /** The C++ source and symbol that does the same on hardware. */
  readonly source: string;
  /** Program memory that the object code takes, in bytes (an estimate until it is compiled). */
  readonly programBytes: number;
}

export interface MicrokernelOperand {
  readonly name: string;
  readonly format: StorageFormat;
  readonly access: 'read' | 'write' | 'update';
  /** Elements that one call touches, from the operand's offset on. */
  elements(parameters: MicrokernelParameters): number;
}

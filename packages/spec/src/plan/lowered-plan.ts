import type { Program } from '../program/program.ts';
import type { SectionName } from './plan.ts';

/** `prefill/q_proj`: section and step of the Plan. */
export type DispatchId = string;

/** What a target gets: every dispatch as a Program, and nothing about the model's meaning. */
export interface LoweredPlan {
  readonly specificationVersion: 'v1';
  readonly device: string;
  readonly dispatches: readonly LoweredDispatch[];
}

export interface LoweredDispatch {
  readonly id: DispatchId;
  readonly section: SectionName;
  readonly step: string;
  readonly program: Program;
  /** The plan buffer behind each program argument, in the program's order. */
  readonly buffers: readonly string[];
}

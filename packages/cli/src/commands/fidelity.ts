import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import type { CommandContext } from '../command-context.ts';
import { type Fidelity, fidelityOf } from '../fidelity/fidelity.ts';
import { readFidelityInput } from '../fidelity/read-fidelity-input.ts';

export interface FidelityRequest {
  readonly rows: string;
  readonly gated?: string;
}

/** Holds the simulator's estimates against a file of published measurements. */
export async function fidelity(request: FidelityRequest, { surroundings, signal }: CommandContext): Promise<Fidelity> {
  const { records, gated } = await readFidelityInput(surroundings.cwd, request);
  return fidelityOf(records, gated, xdna2Simulator(), { signal });
}

import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import type { CommandContext } from '../command-context.ts';
import { type DeploymentFidelity, deploymentFidelity } from '../fidelity/deployments/deployment-fidelity.ts';
import { type Fidelity, fidelityOf } from '../fidelity/fidelity.ts';
import { type NumericsRow, rowNumerics } from '../fidelity/numerics/row-numerics.ts';
import { type FidelityFiles, readFidelityInput } from '../fidelity/read-fidelity-input.ts';

export interface FidelityResult extends Fidelity {
  /** Errors of kernels that were run, one configuration each, beside the published ones. */
  readonly numerics: readonly NumericsRow[];
  readonly deployments: DeploymentFidelity;
}

/** Holds the simulator's estimates against files of published measurements. */
export async function fidelity(
  files: FidelityFiles,
  { surroundings, signal, progress }: CommandContext,
): Promise<FidelityResult> {
  const { records, gated, deployments, ablation } = await readFidelityInput(surroundings.cwd, files);
  const target = xdna2Simulator();
  progress.step('rows');
  const result = fidelityOf(records, gated, { signal });
  progress.step('numerics');
  const numerics = await rowNumerics(records, target, { signal });
  progress.step('deployments');
  const whole = await deploymentFidelity({ deployments, rows: records, ablation }, target, { signal });
  return { ...result, numerics, deployments: whole };
}

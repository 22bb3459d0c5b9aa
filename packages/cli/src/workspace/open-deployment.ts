import { digest } from '@tilewright/gates';
import { loadDeployment } from '@tilewright/phases';
import { type DeploymentManifest, type Plan, type Target, TilewrightError } from '@tilewright/spec';
import { chosenTarget, namedTarget } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Loaded } from '../modules/load-module.ts';
import { TARGETS } from '../modules/targets.ts';

/** A deployment that can be run: its plan is the one that its gates have seen. */
export interface OpenDeployment {
  readonly manifest: DeploymentManifest;
  readonly plan: Plan;
  readonly target: Target;
}

export interface OpenDeploymentOptions {
  /** Where modules are looked up. */
  readonly cwd: string;
  /** In place of the target that the deployment names. */
  readonly target?: string;
}

/** Reads a workspace and loads its target. Throws `workspace-invalid`, `module-unknown`, `usage`. */
export async function openDeployment(workspace: string, options: OpenDeploymentOptions): Promise<OpenDeployment> {
  const { manifest, plan } = await loadDeployment(workspace);
  if (plan === null || manifest.planDigest === null) {
    throw new TilewrightError(
      'workspace-invalid',
      `${workspace} has no plan yet: its deployment did not come that far.`,
      'Run `tilewright deploy` on it again.',
      { file: workspace },
    );
  }
  if (digest(plan) !== manifest.planDigest) {
    throw new TilewrightError(
      'workspace-invalid',
      `plan.json in ${workspace} is not the plan that was deployed: somebody changed it.`,
      'Deploy into a new directory, or put the file back.',
      { file: workspace, expected: manifest.planDigest, got: digest(plan) },
    );
  }
  const { value: target } = await targetOf(manifest, options);
  return { manifest, plan, target };
}

/** That of the flag; one of ours; or that of the user's configuration, where it is the one that the deployment names. */
async function targetOf(manifest: DeploymentManifest, { target, cwd }: OpenDeploymentOptions): Promise<Loaded<Target>> {
  if (target === undefined && !Object.hasOwn(TARGETS.builtIn, manifest.target.module)) {
    const config = await loadConfig(cwd);
    const configured = config.config.target === undefined ? null : await chosenTarget(undefined, config);
    if (configured?.module === manifest.target.module) return configured;
  }
  return namedTarget(target ?? trustedTarget(manifest), cwd);
}

/**
 * The target that a deployment names, if it is one of ours. A deployment is data, and may come from anyone:
 * code that it names is loaded only when the user names it too. Throws `usage`.
 */
export function trustedTarget({ target }: DeploymentManifest): string {
  if (Object.hasOwn(TARGETS.builtIn, target.module)) return target.module;
  throw new TilewrightError(
    'usage',
    `This deployment is for the target module ${target.module}, which is not built in.`,
    `If you trust it, say so: --target ${target.module}`,
    { field: '--target', got: target.module },
  );
}

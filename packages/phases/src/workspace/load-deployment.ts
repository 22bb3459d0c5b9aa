import { type DeploymentManifest, type GateReport, type Plan, TilewrightError } from '@tilewright/spec';
import { readGateReport, readManifest, readPlan } from './workspace-files.ts';

/** A deployment as it lies in its workspace: what was claimed, not what was judged. */
export interface StoredDeployment {
  readonly manifest: DeploymentManifest;
  /** Null before there is one. */
  readonly plan: Plan | null;
  /** Of the phases that have run, in their order. */
  readonly reports: readonly GateReport[];
}

/** Reads a workspace, through schemas. Throws `workspace-invalid` if it is none or is broken. */
export async function loadDeployment(workspace: string): Promise<StoredDeployment> {
  const manifest = await readManifest(workspace);
  if (manifest === null) {
    throw new TilewrightError(
      'workspace-invalid',
      `${workspace} is no deployment: it has no deployment.json.`,
      'Give the directory that `tilewright deploy` was told to write to.',
      { file: workspace },
    );
  }
  const reports: GateReport[] = [];
  for (const { phase } of manifest.phases) {
    const report = await readGateReport(workspace, phase);
    if (report !== null) reports.push(report);
  }
  return { manifest, plan: await readPlan(workspace), reports };
}

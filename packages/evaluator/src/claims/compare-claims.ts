import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digest } from '@tilewright/gates';
import type { ClaimComparison, DeploymentManifest, GateReport } from '@tilewright/spec';
import { deploymentManifestSchema, gateReportSchema } from '@tilewright/spec/schemas';

/** What the evaluator found itself, before it read any claim. */
export interface Findings {
  readonly model: string;
  readonly plan: string;
  readonly policy: string;
  readonly target: string;
  /** Verdicts by gate. */
  readonly gates: ReadonlyMap<string, GateReport['verdict']>;
}

/** Phases whose gates a deployment claims to have passed, with the gate's name. */
const CLAIMED_GATES = [
  [0, 'oracle'],
  [1, 'kernels'],
  [2, 'blocks'],
  [3, 'model'],
] as const;

/**
 * Reads what the deployment says of itself and holds it against what was found. A claim that is missing
 * or cannot be read does not agree.
 */
export async function compareClaims(workspace: string, found: Findings): Promise<ClaimComparison[]> {
  const manifest = await readClaim(workspace, 'deployment.json', deploymentManifestSchema);
  const claims: ClaimComparison[] = [];
  const compare = (claim: string, claimed: string, actual: string): void => {
    claims.push({ claim, claimed, found: actual, agrees: claimed === actual });
  };
  compare('model of the deployment', manifest?.model.digest ?? 'nothing', found.model);
  compare('plan of the deployment', manifest?.planDigest ?? 'nothing', found.plan);
  compare('policy of the deployment', manifest?.policyDigest ?? 'nothing', found.policy);
  compare('target of the deployment', manifest?.target.id ?? 'nothing', found.target);
  for (const [phase, gate] of CLAIMED_GATES) {
    const report = await readClaim(workspace, `gates/phase-${phase}.json`, gateReportSchema);
    const label = `gate of phase ${phase} (${gate})`;
    const subjects =
      phase === 0 ? { model: found.model } : { model: found.model, plan: found.plan, target: found.target };
    compare(
      `${label}: what it judged`,
      report === null ? 'nothing' : digest(report.evidence.subjects),
      digest(subjects),
    );
    compare(`${label}: policy`, report?.policyDigest ?? 'nothing', found.policy);
    compare(`${label}: comparisons made`, made(report, manifest), planned(report));
    const own = found.gates.get(gate);
    compare(`${label}: verdict`, report?.verdict ?? 'nothing', own ?? 'pass');
  }
  return claims;
}

function made(report: GateReport | null, manifest: DeploymentManifest | null): string {
  return report === null || manifest === null ? 'nothing' : String(report.evidence.madeComparisons);
}

function planned(report: GateReport | null): string {
  return report === null ? 'a report' : String(report.evidence.plannedComparisons);
}

interface Schema<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
}

async function readClaim<T>(workspace: string, name: string, schema: Schema<T>): Promise<T | null> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(join(workspace, name), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  DeploymentManifest,
  GateReport,
  OptimizationTrajectory,
  PerformanceProfile,
  Plan,
  RunnerManifest,
} from '@tilewright/spec';
import {
  deploymentManifestSchema,
  gateReportSchema,
  optimizationTrajectorySchema,
  performanceProfileSchema,
  planSchema,
  runnerManifestSchema,
  type Schema,
} from '@tilewright/spec/schemas';

/** A file of a workspace: what it says, or why it says nothing. Never an exception: what cannot be read was not claimed. */
export type Claim<T> =
  | { readonly state: 'read'; readonly value: T }
  | { readonly state: 'missing' | 'malformed'; readonly reason: string };

/** All that a deployment says of itself. */
export interface Claims {
  readonly manifest: Claim<DeploymentManifest>;
  /** By phase: 0 to 3, and every other that the manifest has, up to the last that there is. */
  readonly gates: ReadonlyMap<number, Claim<GateReport>>;
  readonly profile: Claim<PerformanceProfile>;
  readonly runner: Claim<RunnerManifest>;
  readonly trajectory: Claim<OptimizationTrajectory>;
  /** The plan before it was optimised. */
  readonly baseline: Claim<Plan>;
}

const VALIDATION_PHASES = [0, 1, 2, 3];
const LAST_PHASE = 6;
/** Larger files are nothing that a deployment writes. */
const MOST_BYTES = 512 * 1024 * 1024;

/** Reads the claims of a workspace, as data. Does not throw: files that are missing or malformed are claims that say so. */
export async function readClaims(workspace: string): Promise<Claims> {
  const read = <T>(name: string, schema: Schema<T>): Promise<Claim<T>> => readClaim(join(workspace, name), schema);
  const manifest = await read('deployment.json', deploymentManifestSchema);
  const listed = claimedValue(manifest)?.phases.map(({ phase }) => phase) ?? [];
  const phases = [...new Set([...VALIDATION_PHASES, ...listed])].filter((phase) => phase <= LAST_PHASE);
  const gates = new Map<number, Claim<GateReport>>();
  for (const phase of phases.sort((a, b) => a - b)) {
    gates.set(phase, await read(`gates/phase-${phase}.json`, gateReportSchema));
  }
  return {
    manifest,
    gates,
    profile: await read('profile.json', performanceProfileSchema),
    runner: await read('runner.json', runnerManifestSchema),
    trajectory: await read('perf_opt_traj.json', optimizationTrajectorySchema),
    baseline: await read('plan-baseline.json', planSchema),
  };
}

/** What a claim says; null if nothing. */
export function claimedValue<T>(claim: Claim<T> | undefined): T | null {
  return claim?.state === 'read' ? claim.value : null;
}

/** Why a claim says nothing, as it stands in a report. */
export function silenceOf(claim: Claim<unknown> | undefined): string {
  if (claim === undefined) return 'nothing';
  return claim.state === 'read' ? '' : claim.reason;
}

async function readClaim<T>(file: string, schema: Schema<T>): Promise<Claim<T>> {
  let text: string;
  try {
    const bytes = await readFile(file);
    if (bytes.length > MOST_BYTES) return { state: 'malformed', reason: `malformed: ${bytes.length} bytes` };
    text = bytes.toString('utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing
      ? { state: 'missing', reason: 'nothing' }
      : { state: 'malformed', reason: 'malformed: it cannot be read' };
  }
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return { state: 'read', value: parsed.data };
    const issue = parsed.error.issues[0];
    return { state: 'malformed', reason: `malformed: ${issue?.path.join('.') || 'content'}: ${issue?.message}` };
  } catch {
    return { state: 'malformed', reason: 'malformed: it is not JSON' };
  }
}

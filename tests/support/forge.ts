import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '@tilewright/gates';
import { lowerPlan } from '@tilewright/kernel-registry';
import { type EstimatedEntry, estimateSchedule } from '@tilewright/npu-runtime';
import type {
  DeploymentManifest,
  GateReport,
  OptimizationTrajectory,
  PerformanceProfile,
  Plan,
  RunnerManifest,
  SectionName,
  SectionProfile,
  Target,
} from '@tilewright/spec';

export const PHASES = [0, 1, 2, 3, 4, 5, 6];

export function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T;
}

export function writeJson(value: unknown, ...path: string[]): void {
  writeFileSync(join(...path), JSON.stringify(value));
}

/** Changes a stored value in place. */
export function edit<T>(workspace: string, file: string, change: (value: T) => unknown): void {
  writeJson(change(readJson<T>(workspace, file)), workspace, file);
}

/** Changes the gate report of each of some phases. */
export function editReports(
  workspace: string,
  phases: readonly number[],
  change: (report: GateReport) => GateReport,
): void {
  for (const phase of phases) edit(workspace, `gates/phase-${phase}.json`, change);
}

/**
 * A workspace like an honest one, about another plan, in which the cheat has recomputed everything that says so:
 * digests in manifest, reports, runner and profile; lengths; and the times, which the target itself estimates.
 */
export async function forge(honest: string, workspace: string, plan: Plan, target: Target): Promise<void> {
  cpSync(honest, workspace, { recursive: true });
  const planDigest = digest(plan);
  writeJson(plan, workspace, 'plan.json');
  writeJson(plan, workspace, 'plan-baseline.json');
  writeJson(
    { specificationVersion: 'v1', attempts: [] } satisfies OptimizationTrajectory,
    workspace,
    'perf_opt_traj.json',
  );
  edit<DeploymentManifest>(workspace, 'deployment.json', (manifest) => ({ ...manifest, planDigest }));
  editReports(workspace, PHASES.slice(1), (report) => ({
    ...report,
    evidence: { ...report.evidence, subjects: { ...report.evidence.subjects, plan: planDigest } },
  }));
  edit<RunnerManifest>(workspace, 'runner.json', (runner) => ({
    ...runner,
    plan: { ...runner.plan, digest: planDigest },
    ...{ prefillLength: plan.prefillLength, contextLength: plan.contextLength },
  }));
  const profile = await profileOf(plan, target);
  if (profile === null) rmSync(join(workspace, 'profile.json'));
  else edit<PerformanceProfile>(workspace, 'profile.json', (before) => ({ ...before, ...profile, planDigest }));
}

/** The profile as phase 6 makes it; null for a plan that does not compile. */
async function profileOf(plan: Plan, target: Target): Promise<Partial<PerformanceProfile> | null> {
  try {
    const compiled = await target.compile(lowerPlan(plan, target.device));
    const dispatchEstimates = await target.estimate?.(compiled);
    if (dispatchEstimates === undefined) return null;
    const estimate = estimateSchedule({ plan, lowered: compiled.lowered, dispatchEstimates, device: target.device });
    const { promptTokens, decodeLength, timeToFirstTokenUs, decodeTokensPerSecond } = estimate;
    const sections = (['prefill', 'decode', 'head'] as const).map((name) => sectionOf(name, estimate[name].entries));
    return { promptTokens, decodeLength, timeToFirstTokenUs, decodeTokensPerSecond, sections };
  } catch {
    return null;
  }
}

function sectionOf(section: SectionName, entries: readonly EstimatedEntry[]): SectionProfile {
  const us = (list: readonly EstimatedEntry[]): number => list.reduce((sum, entry) => sum + entry.us, 0);
  const steps = [...new Set(entries.map(({ step }) => step))].map((step) => {
    const own = entries.filter((entry) => entry.step === step);
    const of = (...actions: string[]): EstimatedEntry[] => own.filter(({ action }) => actions.includes(action));
    return {
      ...{ step, calls: 1, bytes: 0, boundBy: 'compute' },
      runUs: us(of('run')),
      transferUs: us(of('copy-in', 'sync-in', 'sync-out', 'copy-out')),
      hostUs: us(of('host')),
    };
  });
  return { section, us: us(entries), dispatches: 0, steps };
}

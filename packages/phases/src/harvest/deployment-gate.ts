import { digest } from '@tilewright/gates';
import { lowerPlan } from '@tilewright/kernel-registry';
import type { DeviceModel, GateFailure, GateFigure, GateReport, PerformanceProfile, Plan } from '@tilewright/spec';
import { readPlan, readProfile, readRunner } from '../workspace/workspace-files.ts';
import { runnerManifest } from './runner-manifest.ts';

export interface DeploymentGateRequest {
  readonly workspace: string;
  /** The plan that the phases before ended with. */
  readonly plan: Plan;
  readonly device: DeviceModel;
  readonly policyDigest: string;
  /** With the digest of the model and the target's id. */
  readonly subjects: Readonly<Record<string, string>>;
  readonly elapsedMs: number;
}

/**
 * The gate of phase 6: what was written can be read back and run. The plan is read from the workspace and
 * lowered anew, and every digest that the runner's manifest names is compared with what comes out.
 */
export async function deploymentGate(request: DeploymentGateRequest): Promise<GateReport> {
  const { workspace, device, policyDigest, subjects, elapsedMs } = request;
  const expected = digest(request.plan);
  const [plan, runner, profile] = [
    await readPlan(workspace),
    await readRunner(workspace),
    await readProfile(workspace),
  ];
  const failures: GateFailure[] = [];
  let made = 0;
  const compare = (subject: string, found: unknown, wanted: unknown): void => {
    made++;
    if (digest(found ?? null) === digest(wanted)) return;
    const message = `${JSON.stringify(found ?? null)} is stored, and ${JSON.stringify(wanted)} was expected`;
    failures.push({ kind: 'sentinel-overwritten', subject, message, limit: null, value: null });
  };
  const lowered = lowerPlan(request.plan, device);
  const whole = runnerManifest(request.plan, lowered, {
    model: { directory: workspace, digest: subjects.model ?? '' },
    target: { id: subjects.target ?? '', module: runner?.target.module ?? '' },
  });
  const steps = whole.sections.flatMap(({ section, once, layer }) =>
    [...once, ...layer].map((step, index) => ({ section, index, step })),
  );
  compare('plan.json', plan === null ? null : digest(plan), expected);
  compare('runner.json plan', runner?.plan.digest, expected);
  compare('runner.json model', runner?.model, whole.model);
  compare('runner.json target', runner?.target, whole.target);
  compare(
    'runner.json lengths',
    [runner?.prefillLength, runner?.contextLength],
    [whole.prefillLength, whole.contextLength],
  );
  for (const { section, index, step } of steps) {
    const stored = runner?.sections.find((one) => one.section === section);
    const found = stored && [...stored.once, ...stored.layer][index];
    compare(`runner.json ${section} ${step.kind === 'host' ? step.step : step.dispatch}`, found, step);
  }
  compare('profile.json plan', profile?.planDigest, expected);
  const figures = profile === null ? [] : profileFigures(profile);
  for (const { name, value } of figures) {
    if (Number.isFinite(value)) continue;
    failures.push({ kind: 'non-finite', subject: name, message: 'it is not finite', limit: null, value: null });
  }
  const planned = steps.length + 6;
  return {
    specificationVersion: 'v1',
    gate: 'deployment',
    phase: 6,
    verdict: failures.length === 0 && made === planned ? 'pass' : 'fail',
    summary: summarise(profile, failures, made),
    policyDigest,
    evidence: {
      ...{ plannedComparisons: planned, madeComparisons: made, comparedElements: made },
      ...{ seeds: [], subjects, elapsedMs },
    },
    ...{ comparisons: [], figures, failures, firstDeviation: null },
  };
}

function summarise(profile: PerformanceProfile | null, failures: readonly GateFailure[], made: number): string {
  const [first] = failures;
  if (first !== undefined) return `${first.subject}: ${first.message}`;
  if (profile === null) return 'there is no profile';
  const { timeToFirstTokenUs, decodeTokensPerSecond, timing } = profile;
  const kind = timing === 'estimate' ? 'estimated' : 'measured';
  return `${(timeToFirstTokenUs / 1000).toFixed(2)} ms to the first token and ${decodeTokensPerSecond.toFixed(1)} tokens per second, ${kind}; ${made} comparisons of what was written, all the same`;
}

function profileFigures(profile: PerformanceProfile): readonly GateFigure[] {
  const { timing, deviceShare, sustained } = profile;
  const figure = (name: string, value: number, unit: string): GateFigure => ({ name, value, unit, limit: null });
  return [
    figure('time to first token', profile.timeToFirstTokenUs, `µs (${timing})`),
    figure('decode', profile.decodeTokensPerSecond, `tokens/s (${timing})`),
    figure('multiply-accumulates on the device, prefill', deviceShare.prefillMultiplyAccumulates, 'of all'),
    figure('multiply-accumulates on the device, decode', deviceShare.decodeMultiplyAccumulates, 'of all'),
    figure('time on the device, prefill', deviceShare.prefillTime, 'of all'),
    figure('time on the device, decode', deviceShare.decodeTime, 'of all'),
    figure('sustained performance as printed, prefill', sustained.asPrinted.prefill, 'of Llama-3.2-1B'),
    figure('sustained performance as printed, decode', sustained.asPrinted.decode, 'of Llama-3.2-1B'),
    figure('sustained performance with true width, prefill', sustained.trueWidth.prefill, 'of Llama-3.2-1B'),
    figure('sustained performance with true width, decode', sustained.trueWidth.decode, 'of Llama-3.2-1B'),
  ];
}

import { digest } from '@tilewright/gates';
import { loadDeployment, readIssues, readProfile, readTrajectory, standingAttempts } from '@tilewright/phases';
import {
  addUsage,
  NO_USAGE,
  type OptimizationAttempt,
  type Plan,
  type PlanStep,
  type SectionName,
  type Target,
} from '@tilewright/spec';
import type { DeployOutcome } from '../commands/run-deployment.ts';
import { phaseUs, timePlan } from '../skills/timed-plan.ts';
import type { ArmAttempts, ArmPlan, ArmResult, ArmTime } from './arm.ts';

/** What of a deployment that has ended is compared, from its workspace. */
export async function armResult(
  name: string,
  { directory, status, reason, evaluation }: Pick<DeployOutcome, 'directory' | 'status' | 'reason' | 'evaluation'>,
  target: Target,
  judged: boolean,
  signal: AbortSignal,
): Promise<ArmResult> {
  const { manifest, plan } = await loadDeployment(directory);
  const { phases } = manifest;
  const records = phases.flatMap(({ agent }) => agent ?? []);
  return {
    ...{ name, directory, status: judged ? status : manifest.status, reason },
    passedPhases: phases.filter((phase) => phase.status === 'passed').length,
    phases: phases.length,
    plan: plan && planOf(plan),
    time: plan && (await timeOf(plan, directory, target, signal)),
    attempts: attemptsOf((await readTrajectory(directory))?.attempts ?? []),
    failures: (await readIssues(directory))?.issues.length ?? 0,
    decisions: records.reduce((sum, { decisions }) => sum + decisions, 0),
    usage: records.reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE),
    limits: records.flatMap(({ limit }) => limit ?? []),
    elapsedMs: phases.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0),
    verdict: evaluation?.verdict ?? null,
  };
}

function planOf(plan: Plan): ArmPlan {
  const dispatches = (name: SectionName): number => {
    const { once, layer } = plan.sections[name];
    return once.filter(isDispatch).length + plan.model.layers * layer.filter(isDispatch).length;
  };
  return {
    digest: digest(plan),
    dispatches: { prefill: dispatches('prefill'), decode: dispatches('decode'), head: dispatches('head') },
  };
}

function isDispatch({ kind }: PlanStep): boolean {
  return kind === 'dispatch';
}

/** The target's estimate of the plan; where it gives none, what phase 6 measured. */
async function timeOf(plan: Plan, directory: string, target: Target, signal: AbortSignal): Promise<ArmTime | null> {
  const timed = await timePlan(plan, target, signal);
  const [timeToFirstTokenUs, tokenUs] = [phaseUs(timed, 4), phaseUs(timed, 5)];
  if (timeToFirstTokenUs !== null && tokenUs !== null) return { timing: 'estimate', timeToFirstTokenUs, tokenUs };
  const profile = await readProfile(directory);
  if (profile === null || profile.planDigest !== digest(plan)) return null;
  const { timing, decodeTokensPerSecond } = profile;
  return { timing, timeToFirstTokenUs: profile.timeToFirstTokenUs, tokenUs: 1e6 / decodeTokensPerSecond };
}

function attemptsOf(attempts: readonly OptimizationAttempt[]): ArmAttempts {
  const phases = [...new Set(attempts.map(({ phase }) => phase))];
  const standing = new Set(phases.flatMap((phase) => standingAttempts(attempts, phase)));
  const changes = attempts.filter(({ proposal }) => proposal !== 'revert');
  const bySkill = [...new Set(changes.map(({ skill }) => skill))].map((skill) => {
    const ours = changes.filter((attempt) => attempt.skill === skill);
    return { skill, made: ours.length, kept: ours.filter((attempt) => standing.has(attempt)).length };
  });
  return { made: changes.length, kept: standing.size, bySkill };
}

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { digest } from '@tilewright/gates';
import { applyEdits } from '@tilewright/kernel-registry';
import {
  type Failure,
  type Match,
  type Plan,
  type PlanEdit,
  type Situation,
  type Skill,
  type Target,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { gateReportSchema, planSchema, type Schema } from '@tilewright/spec/schemas';
import type { CommandContext } from '../command-context.ts';
import { chosenSkill, chosenTarget } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';
import { phaseUs, profileOf, type TimedPlan, timePlan } from './timed-plan.ts';

export interface TryRequest {
  /** A directory with a skill package, a file, an installed package, a built-in name, or the id of one in the configuration. */
  readonly skill: string;
  /** A plan: `plan.json` of a deployment, naive or optimised. */
  readonly plan: string;
  /** A gate report that did not pass, for debug skills: `gates/phase-N.json` of a deployment. */
  readonly report?: string;
  /** Default: what the user's configuration says, else the default one. */
  readonly target?: string;
}

export interface TryResult {
  readonly skill: { readonly id: string; readonly kind: Skill['kind']; readonly module: string };
  readonly plan: { readonly file: string; readonly digest: string };
  readonly target: { readonly id: string; readonly device: string };
  /** What went wrong with the plan, for debug skills: it does not compile, or the report says so. */
  readonly failure: string | null;
  readonly phases: readonly TriedPhase[];
}

/** What a skill finds in one phase. All times are estimates of the target, in microseconds. */
export interface TriedPhase {
  readonly phase: number;
  readonly timing: 'estimate';
  /** The prefill with its first token in phase 4, one decoded token in 5; null where the target gives no time. */
  readonly beforeUs: number | null;
  readonly matches: readonly TriedMatch[];
}

export interface TriedMatch {
  readonly subject: string;
  readonly evidence: readonly string[];
  /** What would be done: the proposal's summary, or the cause that a debug skill found. */
  readonly summary: string;
  /** Why a proposal changes no result; null for a finding. */
  readonly safety: string | null;
  readonly edits: readonly PlanEdit[];
  /** By the skill. */
  readonly expectedGainUs: number | null;
  /** By the target, with these edits alone; null where it gives no time. */
  readonly afterUs: number | null;
  readonly estimatedGainUs: number | null;
  /** Why the edited plan would be refused; null if it compiles. */
  readonly problem: string | null;
}

/** The phases that ask for proposals. Debug skills are asked where the failure was. */
const OPTIMISING_PHASES: readonly number[] = [4, 5];
/** The first phase that compiles a plan. */
const COMPILING_PHASE = 1;

/**
 * Shows a skill a plan, and what would come of what it proposes. Reads the plan, compiles it in memory, and
 * touches nothing. Throws `module-unknown`, `plan-invalid`, `file-missing`, `file-malformed`.
 */
export async function trySkill(request: TryRequest, context: CommandContext): Promise<TryResult> {
  const { surroundings, progress, signal } = context;
  const { cwd } = surroundings;
  const config = await loadConfig(cwd);
  const { value: skill, module } = await chosenSkill(request.skill, config);
  const { value: target } = await chosenTarget(request.target, config);
  const file = resolve(cwd, request.plan);
  const plan = await readJson(file, planSchema, 'plan');
  requireSameDevice(plan, target);
  progress.step('compiling and estimating the plan');
  const before = await timePlan(plan, target, signal);
  const failure = await failureOf(before, request.report === undefined ? null : resolve(cwd, request.report));
  const phases: TriedPhase[] = [];
  for (const phase of skill.kind === 'optimization' ? OPTIMISING_PHASES : [phaseOf(failure)]) {
    const situation = { phase, plan, device: target.device, profile: profileOf(before), failure };
    const beforeUs = phaseUs(before, phase);
    const matches: TriedMatch[] = [];
    for (const match of skill.match(situation)) {
      throwIfAborted(signal);
      progress.step(`phase ${phase}: trying ${match.subject}`);
      matches.push(await tryMatch(skill, situation, match, beforeUs, target, signal));
    }
    phases.push({ phase, timing: 'estimate', beforeUs, matches });
  }
  return {
    skill: { id: skill.id, kind: skill.kind, module },
    plan: { file, digest: digest(plan) },
    target: { id: target.id, device: target.device.name },
    failure: failure && describeFailure(failure),
    phases,
  };
}

async function tryMatch(
  skill: Skill,
  situation: Situation,
  match: Match,
  beforeUs: number | null,
  target: Target,
  signal: AbortSignal,
): Promise<TriedMatch> {
  const advice = adviceOf(skill, situation, match);
  const { subject, evidence } = match;
  const { afterUs, problem } = await effectOf(advice.edits, situation, target, signal);
  const estimatedGainUs = beforeUs === null || afterUs === null ? null : beforeUs - afterUs;
  return { subject, evidence, ...advice, afterUs, estimatedGainUs, problem };
}

type Advice = Pick<TriedMatch, 'summary' | 'safety' | 'edits' | 'expectedGainUs'>;

function adviceOf(skill: Skill, situation: Situation, match: Match): Advice {
  if (skill.kind === 'debug') {
    const { cause, edits } = skill.diagnose(situation, match);
    return { summary: cause, safety: null, edits, expectedGainUs: null };
  }
  const { summary, safety, edits, expectedGainUs } = skill.propose(situation, match);
  return { summary, safety, edits, expectedGainUs };
}

async function effectOf(
  edits: readonly PlanEdit[],
  { plan, phase }: Situation,
  target: Target,
  signal: AbortSignal,
): Promise<{ readonly afterUs: number | null; readonly problem: string | null }> {
  if (edits.length === 0) return { afterUs: null, problem: null };
  try {
    const after = await timePlan(applyEdits(plan, edits), target, signal);
    return { afterUs: phaseUs(after, phase), problem: after.kind === 'refused' ? after.message : null };
  } catch (error) {
    if (!TilewrightError.isInstance(error) || error.code === 'aborted') throw error;
    return { afterUs: null, problem: error.message };
  }
}

async function failureOf(before: TimedPlan, reportFile: string | null): Promise<Failure | null> {
  if (before.kind === 'refused') return { kind: 'compile', diagnostics: before.diagnostics };
  if (reportFile === null) return null;
  const report = await readJson(reportFile, gateReportSchema, 'gate report');
  return report.verdict === 'pass' ? null : { kind: 'gate', report };
}

function phaseOf(failure: Failure | null): number {
  return failure?.kind === 'gate' ? failure.report.phase : COMPILING_PHASE;
}

function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case 'compile':
      return `The plan does not compile: ${failure.diagnostics.length} limits are broken.`;
    case 'gate':
      return `Phase ${failure.report.phase}: ${failure.report.summary}`;
    case 'runtime':
      return `${failure.dispatch}: ${failure.fault}`;
  }
}

function requireSameDevice(plan: Plan, target: Target): void {
  if (plan.device === target.device.id) return;
  throw new TilewrightError(
    'usage',
    `The plan is for the device ${plan.device}, and the target ${target.id} has ${target.device.id}.`,
    'Name the target that the plan was made for with --target.',
    { field: '--target', expected: plan.device, got: target.device.id },
  );
}

async function readJson<T>(file: string, schema: Schema<T>, what: string): Promise<T> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new TilewrightError(
      'file-missing',
      `The ${what} ${file} cannot be read: ${(error as Error).message}.`,
      `Name a ${what} of a deployment.`,
      { file },
      { cause: error },
    );
  }
  const malformed = (reason: string, cause: unknown): TilewrightError =>
    new TilewrightError(
      'file-malformed',
      `${file} is no ${what}: ${reason}.`,
      `Name a ${what} of a deployment.`,
      { file },
      { cause },
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed((error as Error).message, error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw malformed(`${issue?.path.join('.') || 'content'}: ${issue?.message}`, parsed.error);
}

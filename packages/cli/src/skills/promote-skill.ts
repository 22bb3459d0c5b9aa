import { basename, resolve } from 'node:path';
import { fileLessonStore } from '@tilewright/phases';
import { type Match, type PlanEdit, type Situation, TilewrightError, throwIfAborted } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { namedTarget } from '../config/chosen-modules.ts';
import { loadModule } from '../modules/load-module.ts';
import { SKILLS } from '../modules/skills.ts';
import { concernedSteps, savedShare } from '../promotion/concerned-steps.ts';
import { doTheSame } from '../promotion/edit-essence.ts';
import type { EditRule } from '../promotion/edit-rule.ts';
import { editRules } from '../promotion/edit-rules.ts';
import { evidenceFor, originLine, requireHeld } from '../promotion/evidence.ts';
import { findLesson, isPromotable } from '../promotion/find-lesson.ts';
import { noRule } from '../promotion/no-rule.ts';
import { type PromotedSkill, packageFiles } from '../promotion/package-files.ts';
import { type RecordedChange, recordedChange } from '../promotion/recorded-change.ts';
import { ruleWords } from '../promotion/rule-words.ts';
import { type StagedPackage, stagePackage } from '../promotion/staged-package.ts';
import { lessonDirectory } from '../workspace/lesson-directory.ts';
import { trustedTarget } from '../workspace/open-deployment.ts';
import { lintSkill } from './lint-skill.ts';
import { requireNewDirectory, requireSkillName } from './new-directory.ts';
import { specRange } from './spec-range.ts';
import { profileOf, timePlan } from './timed-plan.ts';

export interface PromoteRequest {
  /** The id of a lesson in the user's store, or the beginning of one. */
  readonly lesson: string;
  /** The deployment that taught it. */
  readonly from: string;
  /** Where the package goes: new or empty. Its last part is the skill's name. */
  readonly out: string;
  /** Default: the deployment's, where it is built in. */
  readonly target?: string;
}

export interface PromotedResult {
  readonly name: string;
  readonly directory: string;
  readonly lesson: string;
  readonly rule: EditRule;
  readonly summary: string;
  /** Deployments that kept the change, the recorded one first, and those that took it back. */
  readonly held: readonly string[];
  readonly takenBack: readonly string[];
  /** Cases of the conformance suite that it was held to. */
  readonly cases: number;
  readonly files: readonly string[];
}

/**
 * Makes a skill package from a lesson that held: the edits' rule as code, its SKILL.md, and the recorded situation as a
 * test. It is run before it is put in its place: it must propose there what was kept, and pass what `skills lint` asks.
 * Throws `usage` where the lesson is no such one, with what is missing, and `workspace-invalid`.
 */
export async function promoteSkill(request: PromoteRequest, context: CommandContext): Promise<PromotedResult> {
  const { surroundings, progress, signal } = context;
  const out = resolve(surroundings.cwd, request.out);
  const name = basename(out);
  requireSkillName(name, name);
  await requireNewDirectory(out);
  const store = lessonDirectory(surroundings);
  const lessons = await fileLessonStore(store, {
    onUnusable: (file, reason) => progress.line(`a lesson is left out: ${file}: ${reason}`),
  }).list();
  const lesson = findLesson(lessons, request.lesson, store);
  if (!isPromotable(lesson)) throw notPromotable(lesson.id, lesson.kind);

  progress.step('the recorded situation');
  const recorded = await recordedChange(resolve(surroundings.cwd, request.from), lesson);
  const { plan, edits, gainUs } = recorded;
  const rules = editRules(edits, plan);
  const evidence = evidenceFor(lesson, rules[0], lessons);
  requireHeld(lesson, evidence);
  if (gainUs !== null && gainUs <= 0)
    throw noRule('they made nothing faster there: they were kept because the plan did not pass before');
  const situation = await situationOf(recorded, request.target, context);

  const skill = {
    ...{ name, lesson, evidence, range: specRange() },
    recorded: { situation, edits },
    savedShare: gainUs === null ? null : savedShare(gainUs, concernedSteps(edits, plan), situation.profile),
  };
  for (const rule of rules) {
    throwIfAborted(signal);
    progress.step(`trying the rule: ${ruleWords(rule).summary}`);
    const cases = await makePackage({ ...skill, rule }, out, context);
    if (cases === null) continue;
    const files = Object.keys(packageFiles({ ...skill, rule }));
    return {
      ...{ name, directory: out, lesson: lesson.id, rule, summary: ruleWords(rule).summary },
      held: evidence.held.map(originLine),
      takenBack: evidence.failed.map(originLine),
      ...{ cases, files },
    };
  }
  throw noRule('in the situation in which they were found, their rule would propose something else');
}

/** Cases that the package has passed, now that it lies where it belongs; null where it proposes something else. */
async function makePackage(skill: PromotedSkill, out: string, context: CommandContext): Promise<number | null> {
  const staged = await stagePackage(out, packageFiles(skill), context.signal);
  try {
    if (!(await proposes(staged, skill.recorded.situation, skill.recorded.edits))) return null;
    const { code, document } = await lintSkill(staged.directory, context);
    const faults = [...document.map(({ message }) => message), ...(code?.faults ?? ['it has no code'])];
    if (code === null || faults.length > 0) throw noRule(`the skill would break its contract: ${faults.join('; ')}`);
    throwIfAborted(context.signal);
    await staged.move();
    return code.cases;
  } finally {
    await staged.remove();
  }
}

async function proposes(staged: StagedPackage, situation: Situation, edits: readonly PlanEdit[]): Promise<boolean> {
  const { value: skill } = await loadModule(SKILLS, staged.directory, staged.directory);
  const editsOf = (match: Match): readonly PlanEdit[] =>
    skill.kind === 'debug' ? skill.diagnose(situation, match).edits : skill.propose(situation, match).edits;
  return skill.match(situation).some((match) => doTheSame(editsOf(match), edits));
}

async function situationOf(
  { phase, plan, failure, manifest }: RecordedChange,
  targetName: string | undefined,
  { surroundings, signal }: CommandContext,
): Promise<Situation> {
  const { value: target } = await namedTarget(targetName ?? trustedTarget(manifest), surroundings.cwd);
  const profile = failure === null ? profileOf(await timePlan(plan, target, signal)) : null;
  return { phase, plan, device: target.device, profile, failure };
}

function notPromotable(id: string, kind: string): TilewrightError {
  const why: Readonly<Record<string, string>> = {
    rejected: 'it says what did not help',
    cured: 'the debug skill that found the cause knows it already, or the edits brought a whole Program',
    noted: 'it is a sentence, and no change of a plan belongs to it',
  };
  return new TilewrightError(
    'usage',
    `The lesson ${id} cannot become a skill: ${why[kind] ?? `it is of the kind ${kind}`}.`,
    'Name a lesson of the kind kept, or of edits that an agent authored and that cured a failure.',
    { field: 'LESSON', got: id },
  );
}

import type { Match, Plan, PlanEdit, Situation, Skill } from '@tilewright/spec';
import { planEditSchema, planSchema } from '@tilewright/spec/schemas';
import type { ConformanceCase } from './conformance-case.ts';
import { danglingReferences } from './edit-references.ts';
import { deepFreeze, ensure } from './ensure.ts';
import { skillDocumentFaults } from './skill-document.ts';

/** What a skill is tried on. */
export interface SkillTrial<S extends Skill> {
  readonly skill: S;
  /** Situations in which it must find something; at least one. */
  readonly applies: readonly Situation[];
  /** Situations in which it must find nothing; at least one. */
  readonly doesNotApply: readonly Situation[];
  /** The registry's `applyEdits`, or one's own. With it, edits are applied and looked at again. */
  readonly applyEdits?: (plan: Plan, edits: readonly PlanEdit[]) => Plan;
}

/** What both kinds of skill must do. */
export function skillCases<S extends Skill>({
  skill,
  applies,
  doesNotApply,
}: SkillTrial<S>): readonly ConformanceCase[] {
  return [
    {
      name: 'it names itself',
      run: async () => {
        ensure(
          skill.specificationVersion === 'v1',
          `specificationVersion is ${skill.specificationVersion} instead of v1.`,
        );
        ensure(
          /^[a-z0-9]+(-[a-z0-9]+)*$/.test(skill.id),
          `The id "${skill.id}" is not lower-case words joined by hyphens.`,
        );
      },
    },
    {
      name: 'its document is a valid SKILL.md',
      run: async () => {
        const faults = skillDocumentFaults(skill.doc, skill.id);
        ensure(faults.length === 0, `SKILL.md: ${faults.join('; ')}.`);
      },
    },
    {
      name: 'it finds where it applies, with evidence',
      run: async () => {
        ensure(applies.length > 0, 'The trial has no situation in which the skill applies.');
        for (const [index, situation] of applies.entries()) {
          const matches = skill.match(situation);
          ensure(matches.length > 0, `It finds nothing in situation ${index}, where it applies.`);
          for (const match of matches) ensureMatch(match, skill.id);
          const subjects = matches.map(({ subject }) => subject);
          ensure(
            new Set(subjects).size === subjects.length,
            `Two of its matches share a subject: ${subjects.join(', ')}.`,
          );
        }
      },
    },
    {
      name: 'it finds nothing where it does not apply',
      run: async () => {
        ensure(doesNotApply.length > 0, 'The trial has no situation in which the skill does not apply.');
        for (const [index, situation] of doesNotApply.entries()) {
          const [first] = skill.match(situation);
          ensure(first === undefined, `It finds "${first?.subject}" in situation ${index}, where it does not apply.`);
        }
      },
    },
    {
      name: 'it leaves a situation as it was, and says the same about a recorded one',
      run: async () => {
        for (const situation of [...applies, ...doesNotApply]) {
          const recorded = deepFreeze(JSON.parse(JSON.stringify(situation)) as Situation);
          const [original, replayed] = [skill.match(situation), skill.match(recorded)];
          ensure(
            JSON.stringify(original) === JSON.stringify(replayed),
            'Its matches change when the situation is recorded as JSON and replayed.',
          );
        }
      },
    },
  ];
}

/** Requires edits of the contract that name what the plan has and, where they can be applied, give a Plan. */
export function ensureEdits<S extends Skill>(
  edits: readonly PlanEdit[],
  situation: Situation,
  trial: SkillTrial<S>,
  subject: string,
): Plan | null {
  for (const edit of edits) {
    const parsed = planEditSchema.safeParse(edit);
    ensure(parsed.success, `An edit for ${subject} is not of the contract: ${parsed.error?.message}`);
  }
  const dangling = danglingReferences(situation.plan, edits);
  ensure(dangling.length === 0, `The edits for ${subject} do not fit the plan: ${dangling.join('; ')}.`);
  if (trial.applyEdits === undefined) return null;
  const before = JSON.stringify(situation.plan);
  const edited = trial.applyEdits(deepFreeze(JSON.parse(before) as Plan), edits);
  ensure(JSON.stringify(edited) !== before, `The edits for ${subject} change nothing.`);
  const parsed = planSchema.safeParse(edited);
  ensure(parsed.success, `The edits for ${subject} leave something that is no Plan: ${parsed.error?.message}`);
  return edited;
}

function ensureMatch(match: Match, skill: string): void {
  ensure(match.skill === skill, `A match of ${skill} says that it is of ${match.skill}.`);
  ensure(match.subject.trim() !== '', 'A match has no subject.');
  ensureEvidence(match.evidence, `the match of ${match.subject}`);
}

/** Requires at least one line, and none empty. */
export function ensureEvidence(evidence: readonly string[], what: string): void {
  ensure(
    evidence.length > 0 && evidence.every((line) => line.trim() !== ''),
    `There is no evidence for ${what}, or an empty line of it.`,
  );
}

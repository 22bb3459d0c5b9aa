import type { DebugSkill } from '@tilewright/spec';
import type { ConformanceCase } from './conformance-case.ts';
import { deepFreeze, ensure } from './ensure.ts';
import { ensureEdits, ensureEvidence, type SkillTrial, skillCases } from './skill-cases.ts';

/** What every DebugSkill must do. */
export function debugSkillConformance(trial: SkillTrial<DebugSkill>): readonly ConformanceCase[] {
  const { skill, applies } = trial;
  return [
    {
      name: 'it is a debug skill',
      run: async () => ensure(skill.kind === 'debug', `kind is ${skill.kind} instead of debug.`),
    },
    ...skillCases(trial),
    {
      name: 'without a failure it finds nothing',
      run: async () => {
        for (const situation of applies) {
          const [first] = skill.match({ ...situation, failure: null });
          ensure(first === undefined, `Nothing failed, and it finds "${first?.subject}".`);
        }
      },
    },
    {
      name: 'a finding names the cause and its evidence; its edits, if any, fit the plan',
      run: async () => {
        for (const situation of applies) {
          const frozen = deepFreeze(JSON.parse(JSON.stringify(situation)) as typeof situation);
          for (const match of skill.match(frozen)) {
            const finding = skill.diagnose(frozen, match);
            ensure(
              finding.skill === skill.id,
              `The finding about ${match.subject} says that it is of ${finding.skill}.`,
            );
            ensure(finding.cause.trim() !== '', `The finding about ${match.subject} names no cause.`);
            ensureEvidence(finding.evidence, `the finding about ${match.subject}`);
            if (finding.edits.length > 0) ensureEdits(finding.edits, frozen, trial, match.subject);
          }
        }
      },
    },
  ];
}

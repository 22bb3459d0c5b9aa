import type { OptimizationSkill, Proposal } from '@tilewright/spec';
import type { ConformanceCase } from './conformance-case.ts';
import { deepFreeze, ensure } from './ensure.ts';
import { ensureEdits, type SkillTrial, skillCases } from './skill-cases.ts';

/** What every OptimizationSkill must do. */
export function optimizationSkillConformance(trial: SkillTrial<OptimizationSkill>): readonly ConformanceCase[] {
  const { skill, applies } = trial;
  const eachProposal = (
    look: (proposal: Proposal, situation: (typeof applies)[number], subject: string) => void,
  ): void => {
    for (const situation of applies) {
      for (const match of skill.match(situation)) look(skill.propose(situation, match), situation, match.subject);
    }
  };
  return [
    {
      name: 'it is an optimisation skill',
      run: async () => ensure(skill.kind === 'optimization', `kind is ${skill.kind} instead of optimization.`),
    },
    ...skillCases(trial),
    {
      name: 'a proposal says what, why it is safe, and what it should gain',
      run: async () =>
        eachProposal((proposal, _, subject) => {
          ensure(proposal.skill === skill.id, `The proposal for ${subject} says that it is of ${proposal.skill}.`);
          for (const field of ['id', 'summary', 'safety'] as const) {
            ensure(proposal[field].trim() !== '', `The proposal for ${subject} has no ${field}.`);
          }
          const gain = proposal.expectedGainUs;
          ensure(
            gain === null || (Number.isFinite(gain) && gain > 0),
            `The proposal for ${subject} expects a gain of ${gain} µs; say null where it is not known.`,
          );
        }),
    },
    {
      name: 'proposals have ids of their own, the same each time',
      run: async () => {
        for (const situation of applies) {
          const ids = () => skill.match(situation).map((match) => skill.propose(situation, match).id);
          const [first, again] = [ids(), ids()];
          ensure(new Set(first).size === first.length, `Two proposals share an id: ${first.join(', ')}.`);
          ensure(first.join('\n') === again.join('\n'), 'Asked again, it gives other ids.');
        }
      },
    },
    {
      name: 'a proposal leaves the situation as it was',
      run: async () => {
        for (const situation of applies) {
          const frozen = deepFreeze(JSON.parse(JSON.stringify(situation)) as typeof situation);
          for (const match of skill.match(frozen)) skill.propose(frozen, match);
        }
      },
    },
    {
      name: 'its edits fit the plan, and having made them it does not propose them again',
      run: async () =>
        eachProposal((proposal, situation, subject) => {
          ensure(proposal.edits.length > 0, `The proposal for ${subject} has no edits.`);
          const edited = ensureEdits(proposal.edits, situation, trial, subject);
          if (edited === null) return;
          const after = skill.match({ ...situation, plan: edited, profile: null });
          ensure(
            !after.some((match) => match.subject === subject),
            `After its edits for ${subject} it still finds ${subject}.`,
          );
        }),
    },
  ];
}

import type { OptimizationSkill, Proposal } from '@tilewright/spec';
import { smallSituation } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { consultSkills } from './consult-skills.ts';

const proposal: Proposal = {
  ...{ id: 'tidy:a', skill: 'tidy', summary: 'Remove a.', expectedGainUs: 1, safety: 'Nobody reads it.' },
  edits: [{ kind: 'remove-buffer', section: 'prefill', buffer: 'a' }],
};
const proposing = (made: () => unknown): OptimizationSkill => ({
  ...{ specificationVersion: 'v1', kind: 'optimization', id: 'tidy', doc: '' },
  match: () => [{ skill: 'tidy', subject: 'a', evidence: [] }],
  propose: () => made() as Proposal,
});

describe('consultSkills', () => {
  it('takes over what is a proposal, and nothing beside it', () => {
    const { proposals, broken } = consultSkills(
      [proposing(() => ({ ...proposal, apply: () => 'done' }))],
      smallSituation(4),
    );
    expect(proposals).toEqual([proposal]);
    expect(broken).toEqual([]);
  });

  it.each([
    ['nothing', () => undefined],
    ['edits that are none', () => ({ ...proposal, edits: [{ kind: 'pass-gate', section: 'prefill' }] })],
    ['an id that is no text', () => ({ ...proposal, id: { toString: () => 'tidy' } })],
    ['a gain that is no number', () => ({ ...proposal, expectedGainUs: '1' })],
    [
      'a field that throws',
      () => ({
        ...proposal,
        get summary() {
          throw 'no error';
        },
      }),
    ],
  ])('names a skill that returns %s', (_, made) => {
    const { proposals, broken } = consultSkills([proposing(made)], smallSituation(4));
    expect(proposals).toEqual([]);
    expect(broken).toMatchObject([{ skill: 'tidy', reason: expect.stringMatching(/./) }]);
  });
});

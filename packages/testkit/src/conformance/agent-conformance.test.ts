import { type Agent, type Decision, type Observation, throwIfAborted } from '@tilewright/spec';
import { describe, expect, test } from 'vitest';
import { scriptedAgent } from '../scripted/scripted-agent.ts';
import { agentConformance } from './agent-conformance.ts';
import { failingCases } from './failing-cases.ts';

function sensible({ findings, proposals, reports }: Observation): Decision {
  if (findings.length > 0) return { kind: 'apply-finding', finding: 0, reason: 'It names a cause.' };
  const [first] = proposals;
  if (first !== undefined) return { kind: 'try-proposal', proposal: first.id, reason: first.summary };
  if (reports.length === 0) return { kind: 'run-gate' };
  return { kind: 'give-up', reason: 'Nothing is left to try.' };
}

function agent(decide: (observation: Observation) => Decision): Agent {
  return {
    specificationVersion: 'v1',
    id: 'trial',
    decide: async (observation, options) => {
      throwIfAborted(options?.signal);
      return decide(observation);
    },
  };
}

describe('a sensible agent', () => {
  for (const { name, run } of agentConformance(() => agent(sensible))) test(name, run);
});

test('an agent that answers from a script conforms, as it gives up when the script has ended', async () => {
  expect(await failingCases(agentConformance(() => scriptedAgent([])))).toEqual([]);
});

describe('a broken agent', () => {
  const BROKEN: Readonly<Record<string, { make: () => Agent; caughtBy: RegExp; patience?: number }>> = {
    'one that invents proposals': {
      make: () => agent(() => ({ kind: 'try-proposal', proposal: 'of my own', reason: 'A hunch.' })),
      caughtBy: /choose only what is offered/,
    },
    'one that invents decisions': {
      make: () => agent(() => ({ kind: 'accept', reason: 'It looks fine.' }) as unknown as Decision),
      caughtBy: /are of the contract/,
    },
    'one without reasons': {
      make: () => agent(() => ({ kind: 'give-up', reason: ' ' })),
      caughtBy: /are of the contract/,
    },
    'one that rewrites what it sees': {
      make: () =>
        agent((observation) => {
          (observation.situation as { phase: number }).phase = 0;
          return sensible(observation);
        }),
      caughtBy: /leaves what it is shown/,
    },
    'one that never stops': { make: () => agent(() => ({ kind: 'run-gate' })), caughtBy: /comes to an end/ },
    'one that hangs': {
      make: () => ({ specificationVersion: 'v1', id: 'slow', decide: () => new Promise(() => {}) }),
      caughtBy: /choose only what is offered/,
    },
    'one that cannot be cancelled': {
      make: () => ({ ...agent(sensible), decide: async (observation: Observation) => sensible(observation) }),
      caughtBy: /rejects as aborted/,
    },
  };
  for (const [name, { make, caughtBy }] of Object.entries(BROKEN)) {
    test(`${name} is caught`, async () => {
      const cases = agentConformance(make, { decisionLimitMs: 100, observations: 20 });
      expect((await failingCases(cases)).join('\n')).toMatch(caughtBy);
    });
  }
});

test('the scripted agent answers in order, also from functions, and keeps what it saw', async () => {
  const scripted = scriptedAgent([
    { kind: 'run-gate' },
    async ({ attempt }) => ({ kind: 'ask-human', question: `Attempt ${attempt}?` }),
  ]);
  const observation = { attempt: 3 } as Observation;
  expect(await scripted.decide(observation)).toEqual({ kind: 'run-gate' });
  expect(await scripted.decide(observation)).toEqual({ kind: 'ask-human', question: 'Attempt 3?' });
  expect((await scripted.decide(observation)).kind).toBe('give-up');
  expect(scripted.observations).toHaveLength(3);
});

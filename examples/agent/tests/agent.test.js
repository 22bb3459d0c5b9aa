import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentConformance, smallSituation } from '@tilewright/testkit';
import { thriftyAgent } from '../src/agent.js';

for (const { name, run } of agentConformance(thriftyAgent)) test(name, run);

const edit = { kind: 'set-residency', section: 'prefill', buffer: 'o_proj', residency: 'device', role: 'intermediate' };
const proposal = (id, expectedGainUs, edits) => ({
  ...{ id, skill: 'trial', summary: `Try ${id}.`, safety: 'A trial.', expectedGainUs },
  edits: Array.from({ length: edits }, (_, index) => ({ ...edit, buffer: `${id}-${index}` })),
});
const entry = { section: 'prefill', step: 'all', action: 'run', calls: 1, bytes: 0, timing: 'estimate', us: 10_000 };
const origin = { target: 't', modelFamily: 'llama', modelDigest: 'm', prefillLength: 16, contextLength: 32 };
const observation = (more) => ({
  specificationVersion: 'v1',
  situation: { ...smallSituation(4), profile: { entries: [entry] } },
  ...{
    attempt: 0,
    steps: [],
    proposals: [],
    findings: [],
    reports: [],
    instruction: null,
    lessons: [],
    origin,
    attempts: [],
  },
  ...more,
});

test('it prefers few edits with a large gain, and leaves what gains less than one per cent', async () => {
  const proposals = [proposal('wide', 3000, 10), proposal('narrow', 1000, 1), proposal('crumb', 90, 1)];
  const agent = thriftyAgent();
  assert.equal((await agent.decide(observation({ proposals }))).proposal, 'narrow');
  const attempts = [{ phase: 4, edits: proposals[1].edits }];
  assert.equal((await agent.decide(observation({ proposals, attempts }))).proposal, 'wide');
  attempts.push({ phase: 4, edits: proposals[0].edits });
  assert.equal((await agent.decide(observation({ proposals, attempts }))).kind, 'run-gate');
});

test('it passes over what an earlier deployment of this model rejected, and says why', async () => {
  const proposals = [proposal('narrow', 1000, 1), proposal('wide', 3000, 10)];
  const lessons = [{ id: 'lesson-1', kind: 'rejected', proposal: 'narrow', learntOn: origin }];
  const decision = await thriftyAgent().decide(observation({ proposals, lessons }));
  assert.equal(decision.proposal, 'wide');
  assert.deepEqual(decision.cites, ['lesson-1']);
});

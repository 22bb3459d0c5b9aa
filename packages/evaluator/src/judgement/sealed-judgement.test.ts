import { expect, it } from 'vitest';
import { refusal } from './refusal.ts';
import { sealJudgement } from './sealed-judgement.ts';

it('cannot be changed, through what it was made from or through itself', () => {
  const gates = [refusal('it is not a plan', { plan: 'sha256:1' })];
  const performance = { timing: 'estimate', promptTokens: 1, timeToFirstTokenUs: 2, decodeTokensPerSecond: 3 } as const;
  const sealed = sealJudgement({ subjects: {}, seeds: [1], gates, performance, accepts: null });
  gates.pop();
  expect(sealed.gates.map(({ verdict, summary }) => [verdict, summary])).toEqual([['fail', 'it is not a plan']]);
  const open = sealed as unknown as { seeds: number[]; gates: { failures: unknown[] }[] };
  expect(() => open.seeds.push(2)).toThrow(TypeError);
  expect(() => open.gates[0]?.failures.pop()).toThrow(TypeError);
  expect(() => Object.assign(sealed.performance, { timeToFirstTokenUs: 1 })).toThrow(TypeError);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optimizationSkillConformance } from '@tilewright/testkit';
import { bestHerd } from '../src/herd.js';
import { skill } from '../src/skill.js';
import * as trial from './trial.js';

for (const { name, run } of optimizationSkillConformance({ skill, ...trial })) test(name, run);

test('large kernels keep the whole array', () => {
  const [{ device }] = trial.applies;
  const kernel = (elements) => ({ name: 'add', shape: { elements }, config: { herdRows: 1 } });
  assert.equal(bestHerd(kernel(2048 * 2048), device)?.herdColumns, 8);
  assert.deepEqual(bestHerd(kernel(256), device), { herdColumns: 1, tile: 256 });
});

test('phase 4 improves the prefill, phase 5 decode', () => {
  const subjects = trial.applies.map((situation) => skill.match(situation).map(({ subject }) => subject));
  assert.deepEqual(subjects.slice(1), [['prefill herds', 'decode herds'], ['prefill herds'], ['decode herds']]);
});

test('each layer counts in what it expects', () => {
  const [situation] = trial.applies;
  const [, match] = skill.match(situation);
  assert.equal(match.subject, 'decode herds');
  const { expectedGainUs } = skill.propose(situation, match);
  // Two launches in each of two layers give up three of four columns, at 9.3 µs each.
  assert.ok(Math.abs(expectedGainUs - 2 * 2 * 3 * 9.3) < 1);
});

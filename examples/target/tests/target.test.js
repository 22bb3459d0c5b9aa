import { test } from 'node:test';
import { targetConformance } from '@tilewright/testkit';
import { cpuTarget } from '../src/target.js';

for (const timing of /** @type {const} */ (['estimate', 'measurement'])) {
  for (const { name, run } of targetConformance(() => cpuTarget(timing))) test(`${timing}: ${name}`, run);
}

import { test } from 'node:test';
import { targetConformance } from '@tilewright/testkit';
import { target } from '../src/target.js';

for (const { name, run } of targetConformance(() => target)) test(name, run);

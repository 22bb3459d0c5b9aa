import { rulesAgent } from '@tilewright/agent-rules';
import type { Target } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { agentConformance, targetConformance } from '@tilewright/testkit';
import { describe, test } from 'vitest';

describe('target-xdna2-sim is a target', () => {
  for (const { name, run } of targetConformance((): Target => xdna2Simulator())) test(name, run);
});

describe('agent-rules is an agent', () => {
  for (const { name, run } of agentConformance(() => rulesAgent())) test(name, run);
});

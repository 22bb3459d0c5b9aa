import type { Target } from '@tilewright/spec';
import { targetConformance } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { xdna2Simulator } from './target.ts';

/** The simulator with every session opened in one of its executions. */
function executing(execution: 'literal' | 'fast'): Target {
  const target = xdna2Simulator();
  return { ...target, open: (compiled, options) => target.open(compiled, { ...options, execution }) };
}

describe.each(['literal', 'fast'] as const)('xdna2Simulator, %s', (execution) => {
  for (const { name, run } of targetConformance(() => executing(execution))) it(name, run);
});

describe('xdna2Simulator', () => {
  it('refuses what another target compiled', async () => {
    const target = xdna2Simulator();
    const lowered = { specificationVersion: 'v1', device: 'xdna2', dispatches: [] } as const;
    const foreign = { target: 'npu-of-somebody', lowered, resources: new Map() };
    await expect(target.open(foreign)).rejects.toThrow(/npu-of-somebody/);
    await expect(target.estimate?.(foreign)).rejects.toThrow(/npu-of-somebody/);
  });
});

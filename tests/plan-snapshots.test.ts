import { readdirSync } from 'node:fs';
import { describePlan, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { estimateSchedule } from '@tilewright/npu-runtime';
import { readModelSpec } from '@tilewright/oracle';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { describe, expect, it } from 'vitest';

const published = readdirSync('test-data/configs').filter((file) => file.endsWith('.json'));
const goldens = readdirSync('test-data/goldens').filter((file) => !file.endsWith('.md'));
const models: readonly (readonly [string, string, number])[] = [
  ...published.map((file) => [file.replace('.json', ''), `test-data/configs/${file}`, 2048] as const),
  ...goldens.map((name) => [name, `test-data/goldens/${name}`, 97] as const),
  ['tiny-llama', 'models/tiny-llama', 128],
];

describe.each(models)('the naive plan of %s', (name, source, prefillLength) => {
  it('is as it was, compiles, and has an estimate', async () => {
    const model = await readModelSpec(source);
    const target = xdna2Simulator();
    const contextLength = Math.min(model.maxPositions, prefillLength + 64);
    const plan = naivePlan(model, target.device, { prefillLength, contextLength });
    await expect(describePlan(plan)).toMatchFileSnapshot(`__snapshots__/plans/${name}.txt`);
    const lowered = lowerPlan(plan, target.device);
    const compiled = await target.compile(lowered);
    expect(compiled.hazards).toEqual([]);
    const dispatchEstimates = (await target.estimate?.(compiled)) ?? new Map();
    const schedule = estimateSchedule({ plan, lowered, dispatchEstimates, device: target.device });
    expect(schedule.decodeTokenUs).toBeGreaterThan(0);
    expect(schedule.timeToFirstTokenUs).toBeGreaterThan(schedule.decodeTokenUs);
    expect(schedule.prefill.dispatches).toBeGreaterThanOrEqual(15 * model.layers);
  });
});

import { lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { readModelSpec } from '@tilewright/oracle';
import { type CompleteEvent, xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { describe, expect, it } from 'vitest';
import { TINY_LLAMA } from '../__fixtures__/repository.ts';
import { scheduleTrace } from './schedule-trace.ts';

describe('scheduleTrace', () => {
  it('takes as long as the estimate, one thing after another', async () => {
    const target = xdna2Simulator();
    const model = await readModelSpec(TINY_LLAMA);
    const plan = naivePlan(model, target.device, { prefillLength: 64, contextLength: 128 });
    const lowered = lowerPlan(plan, target.device);
    const compiled = await target.compile(lowered);
    const dispatchEstimates = (await target.estimate?.(compiled)) ?? new Map();
    const trace = scheduleTrace({ plan, lowered, dispatchEstimates, device: target.device });
    const events = trace.traceEvents.filter((event): event is CompleteEvent => event.ph === 'X');
    const work = events.filter(({ cat }) => cat !== 'deployment');
    const total = work.reduce((sum, { dur }) => sum + dur, 0);
    expect(total).toBeCloseTo(trace.otherData.us as number, 3);
    let end = 0;
    for (const { ts, dur } of work) {
      expect(ts).toBeCloseTo(end, 3);
      end = ts + dur;
    }
    const names = new Set(work.map(({ name }) => name));
    for (const { step } of lowered.dispatches) expect(names).toContain(step);
  });
});

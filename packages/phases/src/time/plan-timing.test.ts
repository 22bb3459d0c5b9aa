import { naivePlan } from '@tilewright/kernel-registry';
import type { Target } from '@tilewright/spec';
import { randomWeights, SMALL_DEVICE, scriptedTarget, smallPlan } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { Workbench } from '../deploy/workbench.ts';
import { estimateOf, isFaster, MEASURED_RUNS, measurementOf, notFaster } from './plan-timing.ts';

const samples = (mean: number, spread: number): number[] =>
  Array.from({ length: MEASURED_RUNS }, (_, index) => mean + spread * (index % 2 === 0 ? 1 : -1));

describe('isFaster', () => {
  it('wants an estimate to fall by 1 %', () => {
    expect(isFaster(estimateOf(1000), estimateOf(990))).toBe(true);
    expect(isFaster(estimateOf(1000), estimateOf(990.1))).toBe(false);
    expect(isFaster(estimateOf(1000), estimateOf(1100))).toBe(false);
    expect(notFaster(estimateOf(1000), estimateOf(995))).toContain('falls by 0.50 %');
  });

  it('wants the intervals of measurements to be disjoint, however small the gain', () => {
    // ±10 around the mean of 20 runs: a half width of 2.093·10.26/√20 = 4.8.
    const before = measurementOf(samples(1000, 10));
    expect(isFaster(before, measurementOf(samples(992, 10)))).toBe(false);
    expect(isFaster(before, measurementOf(samples(990, 10)))).toBe(true);
    expect(isFaster(before, measurementOf(samples(900, 500)))).toBe(false);
    expect(isFaster(measurementOf(samples(1000, 0)), measurementOf(samples(999, 0)))).toBe(true);
    expect(notFaster(before, measurementOf(samples(992, 10)))).toContain('not disjoint');
  });

  it('never compares an estimate with a measurement', () => {
    expect(isFaster(estimateOf(1000), measurementOf(samples(1, 0)))).toBe(false);
    expect(notFaster(estimateOf(1000), measurementOf(samples(1, 0)))).toContain('cannot be compared');
  });

  it('takes no measurement of fewer runs', () => {
    expect(() => measurementOf([1, 2, 3])).toThrow(RangeError);
  });
});

describe('Workbench.time', () => {
  const plan = naivePlan(smallPlan().model, SMALL_DEVICE, { prefillLength: 16, contextLength: 32 });
  const weights = randomWeights(plan.model, 1);
  const anything = new Proxy({}, { get: () => () => {} }) as Record<string, () => void>;
  const target = scriptedTarget({ functions: anything });

  it('estimates without opening a session', async () => {
    const refusing: Target = { ...target, open: () => Promise.reject(new Error('opened')) };
    const timing = await new Workbench(refusing, weights).time(plan);
    expect(timing.token.kind).toBe('estimate');
    expect(timing.timeToFirstToken.us).toBeGreaterThan(timing.token.us);
    expect(timing.profile.entries.every(({ timing: kind }) => kind === 'estimate')).toBe(true);
  });

  it('takes what a target reports while it runs, if it estimates no other way', async () => {
    const { estimate, ...without } = target;
    expect(estimate).toBeDefined();
    const reported = await new Workbench(without, weights).time(plan);
    const estimated = await new Workbench(target, weights).time(plan);
    expect(reported.token.kind).toBe('estimate');
    // A prompt that leaves room for the token is a little shorter than a full one.
    expect(reported.timeToFirstToken.us / estimated.timeToFirstToken.us).toBeCloseTo(1, 1);
  });

  it('measures by the clock over 20 runs, after one that is not counted', async () => {
    let now = 0;
    let runs = 0;
    const measured: Target = {
      ...target,
      timing: 'measurement',
      open: async (compiled, options) => {
        const session = await target.open(compiled, options);
        return {
          ...session,
          run: (dispatch, buffers, call) => {
            // The very first dispatch is slow, as it is where a device wakes up.
            now += runs++ === 0 ? 1000 : 0.5;
            return session.run(dispatch, buffers, call);
          },
        };
      },
    };
    const { timeToFirstToken, token } = await new Workbench(measured, weights, { clock: () => now }).time(plan);
    expect(timeToFirstToken.kind).toBe('measurement');
    expect(timeToFirstToken.samples).toHaveLength(MEASURED_RUNS);
    const { prefill, decode, head } = plan.sections;
    const dispatches = (section: typeof prefill): number =>
      section.once.filter(({ kind }) => kind === 'dispatch').length +
      plan.model.layers * section.layer.filter(({ kind }) => kind === 'dispatch').length;
    expect(timeToFirstToken.us).toBeCloseTo(500 * (dispatches(prefill) + dispatches(head)), 6);
    expect(token.us).toBeCloseTo(500 * (dispatches(decode) + dispatches(head)), 6);
    expect(runs).toBe((MEASURED_RUNS + 1) * (dispatches(prefill) + dispatches(decode) + 2 * dispatches(head)));
  });
});

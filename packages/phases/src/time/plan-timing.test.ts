import { naivePlan } from '@tilewright/kernel-registry';
import type { Measurement, Target } from '@tilewright/spec';
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

  it('measures over 20 runs, after one that is not counted, the host by the clock', async () => {
    let runs = 0;
    let now = 0;
    const us = (value: number): Measurement => ({ kind: 'measurement', us: value, samples: [value], parts: [] });
    const measured: Target = {
      ...target,
      timing: 'measurement',
      open: async (compiled, options) => {
        const session = await target.open(compiled, options);
        return {
          ...session,
          run: async (dispatch, buffers, call) => {
            const report = await session.run(dispatch, buffers, call);
            // The very first dispatch is slow, as it is where a device wakes up.
            return { ...report, timing: us(runs++ === 0 ? 1e6 : 500) };
          },
          sync: async (buffer, direction) => {
            await session.sync(buffer, direction);
            return us(0);
          },
        };
      },
    };
    // Every look at the clock is 0.01 ms after the last one: a piece of host work takes 10 µs.
    const clock = (): number => (now += 0.01);
    const { timeToFirstToken, token, profile } = await new Workbench(measured, weights, { clock }).time(plan);
    expect(timeToFirstToken.kind).toBe('measurement');
    expect(timeToFirstToken.samples).toHaveLength(MEASURED_RUNS);
    const { prefill, decode, head } = plan.sections;
    const dispatches = (section: typeof prefill): number =>
      section.once.filter(({ kind }) => kind === 'dispatch').length +
      plan.model.layers * section.layer.filter(({ kind }) => kind === 'dispatch').length;
    const all = dispatches(prefill) + dispatches(decode) + 2 * dispatches(head);
    expect(runs).toBe((MEASURED_RUNS + 1) * all);

    const sum = (entries: typeof profile.entries): number => entries.reduce((total, { us }) => total + us, 0);
    const [onDevice, onHost] = [true, false].map((is) =>
      profile.entries.filter(({ action }) => (action === 'run') === is),
    );
    expect(sum(onDevice ?? [])).toBeCloseTo(500 * all, 6);
    const pieces = (onHost ?? []).filter(({ action }) => action === 'host' || action.startsWith('copy'));
    expect(sum(onHost ?? [])).toBeCloseTo(10 * pieces.reduce((count, { calls }) => count + calls, 0), 6);
    expect(timeToFirstToken.us + token.us).toBeCloseTo(sum(profile.entries), 6);
    expect(profile.entries.every(({ timing }) => timing === 'measurement')).toBe(true);
  });

  it('calls nothing measured of which a part is estimated', async () => {
    const { estimate: _, ...without } = target;
    const { token, profile } = await new Workbench({ ...without, timing: 'measurement' }, weights).time(plan);
    expect(token).toMatchObject({ kind: 'estimate', samples: [] });
    expect(new Set(profile.entries.map(({ timing }) => timing))).toEqual(new Set(['estimate', 'measurement']));
  });
});

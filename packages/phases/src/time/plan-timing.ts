import type { Profile, Timing } from '@tilewright/spec';

/** What a plan is timed for: time to first token in phase 4, time of one decoded token in phase 5. */
export type Objective = 'timeToFirstToken' | 'token';

export interface TimeFigure {
  readonly kind: Timing['kind'];
  /** The estimate, or the mean of the samples. */
  readonly us: number;
  /** Of a measurement; none of an estimate. */
  readonly samples: readonly number[];
}

export interface PlanTiming {
  /** A full prefill and the head. */
  readonly timeToFirstToken: TimeFigure;
  /** One decode step and the head. */
  readonly token: TimeFigure;
  /** Where the time goes. */
  readonly profile: Profile;
}

/** Runs of a measurement. */
export const MEASURED_RUNS = 20;
/** An estimate must fall by this share to count: less is within what a model of time can be wrong by. */
const LEAST_GAIN = 0.01;
/** 97.5 % quantile of Student's t with 19 degrees of freedom: 95 % intervals of the mean of 20 runs. */
const STUDENT_T_19 = 2.093;

/** Whether `after` is faster: an estimate by at least 1 %, a measurement by disjoint 95 % intervals of its mean. */
export function isFaster(before: TimeFigure, after: TimeFigure): boolean {
  if (before.kind !== after.kind) return false;
  if (after.kind === 'estimate') return after.us <= before.us * (1 - LEAST_GAIN);
  return interval(after).high < interval(before).low;
}

/** Why `after` is not faster, in one line. */
export function notFaster(before: TimeFigure, after: TimeFigure): string {
  const times = `${before.us.toFixed(1)} → ${after.us.toFixed(1)} µs`;
  if (before.kind !== after.kind) return `${times}: an estimate and a measurement cannot be compared`;
  if (after.kind === 'estimate') {
    const change = (100 * (before.us - after.us)) / before.us;
    const verb = change >= 0 ? `falls by ${change.toFixed(2)} %` : `rises by ${(-change).toFixed(2)} %`;
    return `estimated ${times} ${verb}; it must fall by ${100 * LEAST_GAIN} %`;
  }
  const [a, b] = [interval(before), interval(after)];
  return `measured ${times}; the 95 % intervals [${a.low.toFixed(1)}, ${a.high.toFixed(1)}] and [${b.low.toFixed(1)}, ${b.high.toFixed(1)}] are not disjoint downwards`;
}

/** A measurement from its samples. Throws `RangeError` if there are not 20. */
export function measurementOf(samples: readonly number[]): TimeFigure {
  if (samples.length !== MEASURED_RUNS) throw new RangeError(`${samples.length} samples instead of ${MEASURED_RUNS}`);
  const us = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  return { kind: 'measurement', us, samples };
}

export function estimateOf(us: number): TimeFigure {
  return { kind: 'estimate', us, samples: [] };
}

function interval({ us, samples }: TimeFigure): { readonly low: number; readonly high: number } {
  const variance = samples.reduce((sum, value) => sum + (value - us) ** 2, 0) / (samples.length - 1);
  const half = STUDENT_T_19 * Math.sqrt(variance / samples.length);
  return { low: us - half, high: us + half };
}

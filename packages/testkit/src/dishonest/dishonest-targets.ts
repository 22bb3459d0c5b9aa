import type { FailureKind, Target } from '@tilewright/spec';
import { bakedWeights } from './baked-weights.ts';
import { flatteringTimes } from './flattering-times.ts';
import { notANumberOutputs } from './not-a-number-outputs.ts';
import { overrunningOutputs } from './overrunning-outputs.ts';
import { prefilledOutputs } from './prefilled-outputs.ts';
import { replayedAnswers } from './replayed-answers.ts';
import { scaledOutputs } from './scaled-outputs.ts';
import { unwrittenOutputs } from './unwritten-outputs.ts';

export interface DishonestTarget {
  readonly name: string;
  /** The target in the hands of the cheat, for a model of so many layers. */
  readonly of: (honest: Target, layers: number) => Target;
  /** What an evaluator has to find, by name. */
  readonly failure: FailureKind;
}

/** A rounding more than honest: within every tolerance, and not the same bits. */
const SLIGHTLY = 1 + 2 ** -7;

/** Targets that an evaluator must not be taken in by. They change nothing but what runs do and how long they say it takes. */
export const DISHONEST_TARGETS: readonly DishonestTarget[] = [
  { name: 'outputs that already hold the answer', of: prefilledOutputs, failure: 'sentinel-overwritten' },
  { name: 'answers replayed from an earlier pass', of: replayedAnswers, failure: 'stale-output' },
  { name: 'NaN', of: notANumberOutputs, failure: 'non-finite' },
  { name: 'scaled outputs', of: (honest) => scaledOutputs(honest), failure: 'tolerance-exceeded' },
  { name: 'outputs that are not written whole', of: unwrittenOutputs, failure: 'stale-output' },
  { name: 'memory behind the outputs overwritten', of: overrunningOutputs, failure: 'sentinel-overwritten' },
  { name: 'weights built in', of: bakedWeights, failure: 'stale-output' },
  {
    name: 'a fast execution that is not the machine',
    of: (honest) => scaledOutputs(honest, { factor: SLIGHTLY, execution: 'fast' }),
    failure: 'divergence',
  },
  {
    name: 'runs that say they took less time',
    of: (honest) => flatteringTimes(honest, 0.5),
    failure: 'implausible-time',
  },
  {
    name: 'times that the device cannot reach',
    of: (honest) => flatteringTimes(honest, 1e-6, 'runs-and-estimates'),
    failure: 'implausible-time',
  },
];

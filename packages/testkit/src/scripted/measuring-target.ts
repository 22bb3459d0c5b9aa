import { type Measurement, seededRandom, type Target, type Timing } from '@tilewright/spec';

export interface MeasuringTargetOptions {
  /** Standard deviation of a time, as a share of it. Default 0.01. */
  readonly noise?: number;
  readonly seed?: number;
}

/**
 * A target as hardware is: it cannot tell a time without running, and what it reports is a measurement. It computes as the
 * given one does; its clock is scripted: the estimate of that target, and noise that no two runs share.
 */
export function measuringTarget(target: Target, { noise = 0.01, seed = 1 }: MeasuringTargetOptions = {}): Target {
  const { estimate: _, ...rest } = target;
  const random = seededRandom(seed);
  const measured = ({ us, parts }: Timing): Measurement => {
    const factor = Math.max(1 - 2 * noise, 1 + noise * random.normal());
    return {
      ...{ kind: 'measurement', us: factor * us, samples: [factor * us] },
      parts: parts.map((part) => ({ ...part, us: factor * part.us })),
    };
  };
  return {
    ...rest,
    timing: 'measurement',
    open: async (compiled, options) => {
      const session = await target.open(compiled, options);
      return {
        allocate: (request) => session.allocate(request),
        sync: async (buffer, direction) => measured(await session.sync(buffer, direction)),
        run: async (dispatch, buffers, call) => {
          const report = await session.run(dispatch, buffers, call);
          return { ...report, timing: measured(report.timing) };
        },
        close: () => session.close(),
      };
    },
  };
}

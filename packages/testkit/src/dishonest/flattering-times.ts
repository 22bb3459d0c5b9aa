import type { Estimate, Target, Timing } from '@tilewright/spec';
import { tamperedTarget } from './tampered-target.ts';

/** A target that computes honestly and reports `factor` times the time: of runs alone, or of its estimates too. */
export function flatteringTimes(target: Target, factor: number, of: 'runs' | 'runs-and-estimates' = 'runs'): Target {
  const flattered = tamperedTarget(target, {
    session: () => ({
      run: async (run) => {
        const report = await run.execute();
        return { ...report, timing: scaled(report.timing, factor) };
      },
    }),
  });
  const { estimate } = target;
  if (of === 'runs' || estimate === undefined) return flattered;
  return {
    ...flattered,
    estimate: async (compiled, options) => {
      const honest = await estimate.call(target, compiled, options);
      return new Map([...honest].map(([id, one]) => [id, scaled(one, factor)]));
    },
  };
}

function scaled<T extends Timing | Estimate>(timing: T, factor: number): T {
  const parts = timing.parts.map(({ name, us }) => ({ name, us: factor * us }));
  return { ...timing, us: factor * timing.us, parts };
}

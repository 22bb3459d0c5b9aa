import type { Target } from '@tilewright/spec';
import { changeWritten } from './changed-values.ts';
import { tamperedTarget } from './tampered-target.ts';

/** A target that leaves NaN at the beginning of what it writes. */
export function notANumberOutputs(target: Target): Target {
  return tamperedTarget(target, {
    session: () => ({
      run: async (run) => {
        const report = await run.execute();
        await changeWritten(run, (value, index) => (index === 0 ? Number.NaN : value));
        return report;
      },
    }),
  });
}

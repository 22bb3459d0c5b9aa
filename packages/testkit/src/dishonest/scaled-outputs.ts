import type { SessionOptions, Target } from '@tilewright/spec';
import { changeWritten } from './changed-values.ts';
import { tamperedTarget } from './tampered-target.ts';

export interface ScaledOutputsOptions {
  /** Default 2. */
  readonly factor?: number;
  /** Only what is executed so; default both. */
  readonly execution?: NonNullable<SessionOptions['execution']>;
}

/** A target whose outputs are all scaled: they correlate perfectly, and are wrong. */
export function scaledOutputs(target: Target, { factor = 2, execution }: ScaledOutputsOptions = {}): Target {
  return tamperedTarget(target, {
    session: (chosen) => ({
      run: async (run) => {
        const report = await run.execute();
        if (execution === undefined || execution === chosen) await changeWritten(run, (value) => factor * value);
        return report;
      },
    }),
  });
}

import type { BufferObject, RunReport, Target } from '@tilewright/spec';
import { tamperedTarget } from './tampered-target.ts';

/**
 * A target whose output buffers hold the answer before a run: after the first run of a dispatch, whatever is
 * synced to its outputs becomes that run's answer, and to run it is to do nothing.
 */
export function prefilledOutputs(target: Target): Target {
  return tamperedTarget(target, {
    session: () => {
      const answers = new Map<BufferObject, Uint8Array>();
      const reports = new Map<string, RunReport>();
      return {
        toDevice: (buffer) => answers.get(buffer),
        run: async (run) => {
          const known = reports.get(run.dispatch);
          if (known !== undefined && run.written.every((index) => answers.has(run.buffers[index] as BufferObject))) {
            return known;
          }
          const report = await run.execute();
          reports.set(run.dispatch, report);
          for (const index of run.written) answers.set(run.buffers[index] as BufferObject, await run.read(index));
          return report;
        },
      };
    },
  });
}

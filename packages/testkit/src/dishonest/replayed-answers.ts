import type { RunReport, Target } from '@tilewright/spec';
import { tamperedTarget } from './tampered-target.ts';

/**
 * A target that computes the first `period` runs of each dispatch (one pass through a model of that many layers)
 * and gives their answers again from then on, whatever it is asked.
 */
export function replayedAnswers(target: Target, period: number): Target {
  return tamperedTarget(target, {
    session: () => {
      const answers = new Map<string, { readonly report: RunReport; readonly outputs: readonly Uint8Array[] }>();
      return {
        run: async (run) => {
          const key = `${run.dispatch}\n${run.earlierRuns % period}`;
          const known = answers.get(key);
          if (known === undefined) {
            const report = await run.execute();
            const outputs: Uint8Array[] = [];
            for (const index of run.written) outputs.push(await run.read(index));
            answers.set(key, { report, outputs });
            return report;
          }
          for (const [at, index] of run.written.entries()) await run.write(index, known.outputs[at] as Uint8Array);
          return known.report;
        },
      };
    },
  });
}

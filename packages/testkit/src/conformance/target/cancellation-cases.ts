import { addProgram } from '../../programs/add-program.ts';
import { loweredTrial } from '../../programs/lowered-trial.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { ensureRejects } from '../ensure.ts';
import { allocateArguments, runTrial, type TargetFactory, withSession } from './trial-session.ts';

const add = addProgram({ tiles: 2, steps: 2, tile: 64 });

/** What was cancelled rejects as `aborted`, and nothing else suffers. */
export function cancellationCases(make: TargetFactory): readonly ConformanceCase[] {
  const cancelled = { signal: AbortSignal.abort(new Error('cancelled by the conformance suite')) };
  return [
    {
      name: 'compile, supports and open give up when they are cancelled',
      run: async () => {
        const target = await make();
        const lowered = loweredTrial(target.device.id, { add });
        await ensureRejects(target.supports(lowered, cancelled), 'A cancelled supports()', 'aborted');
        await ensureRejects(target.compile(lowered, cancelled), 'A cancelled compile()', 'aborted');
        const compiled = await target.compile(lowered);
        await ensureRejects(target.open(compiled, cancelled), 'A cancelled open()', 'aborted');
      },
    },
    {
      name: 'a cancelled run rejects, and the next one works',
      run: () =>
        withSession(make, { add }, async (session) => {
          const buffers = await allocateArguments(session, add);
          await ensureRejects(session.run('prefill/add', buffers, cancelled), 'A cancelled run', 'aborted');
          await runTrial(session, 'add', add, []);
        }),
    },
  ];
}

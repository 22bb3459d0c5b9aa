import type { Target, Timing } from '@tilewright/spec';
import { copyProgram } from '../../programs/copy-program.ts';
import { loweredTrial } from '../../programs/lowered-trial.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { ensure } from '../ensure.ts';
import { allocateArguments, runTrial, type TargetFactory, withSession } from './trial-session.ts';

const copy = copyProgram({ steps: 2, tile: 256 });
const largeCopy = copyProgram({ steps: 1024, tile: 2048 });

/** Times are called what they are. */
export function timingCases(make: TargetFactory): readonly ConformanceCase[] {
  return [
    {
      name: 'a run reports its dispatch and a time of the kind that the target announces',
      run: () =>
        withSession(make, { copy }, async (session, target) => {
          const { report } = await runTrial(session, 'copy', copy, []);
          ensure(report.dispatch === 'prefill/copy', `The report is about ${report.dispatch}.`);
          ensureTiming(report.timing, target, 'The run');
        }),
    },
    {
      name: 'a sync reports a time of that kind too',
      run: () =>
        withSession(make, { copy }, async (session, target) => {
          const [buffer] = await allocateArguments(session, copy);
          if (buffer === undefined) throw new Error('The copy has no arguments.');
          ensureTiming(await session.sync(buffer, 'to-device'), target, 'The sync to the device');
          ensureTiming(await session.sync(buffer, 'from-device'), target, 'The sync from the device');
        }),
    },
    {
      name: 'estimate(), where there is one, covers every dispatch, is repeatable, and grows with the work',
      run: async () => {
        const target = await make();
        if (target.estimate === undefined) return;
        const compiled = await target.compile(loweredTrial(target.device.id, { copy, large: largeCopy }));
        const estimates = await target.estimate(compiled);
        const again = await target.estimate(compiled);
        for (const { id } of compiled.lowered.dispatches) {
          const estimate = estimates.get(id);
          ensure(estimate !== undefined, `There is no estimate of ${id}.`);
          ensure(estimate.kind === 'estimate', `The estimate of ${id} calls itself a ${estimate.kind}.`);
          ensureParts(estimate, `The estimate of ${id}`);
          ensure(again.get(id)?.us === estimate.us, `The estimate of ${id} changes from call to call.`);
        }
        const [small, large] = ['prefill/copy', 'prefill/large'].map((id) => estimates.get(id)?.us as number);
        ensure(
          (large as number) > (small as number),
          `A copy of 4 MB is estimated at ${large} µs, one of 1 KB at ${small} µs.`,
        );
      },
    },
  ];
}

function ensureTiming(timing: Timing, target: Target, what: string): void {
  ensure(
    timing.kind === target.timing,
    `${what} reports ${timing.kind === 'estimate' ? 'an' : 'a'} ${timing.kind}; the target announces ${target.timing}s.`,
  );
  ensureParts(timing, what);
}

function ensureParts(timing: Timing, what: string): void {
  ensure(Number.isFinite(timing.us) && timing.us > 0, `${what} reports ${timing.us} µs.`);
  if (timing.kind === 'measurement') {
    ensure(timing.samples.length > 0, `${what} reports a measurement without samples.`);
    return;
  }
  const sum = timing.parts.reduce((total, part) => total + part.us, 0);
  ensure(
    Math.abs(sum - timing.us) <= 1e-6 * timing.us,
    `${what} reports ${timing.us} µs, and its parts add up to ${sum} µs.`,
  );
  ensure(timing.boundBy !== '', `${what} does not say what binds.`);
}

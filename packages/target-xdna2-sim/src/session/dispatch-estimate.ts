import type { DeviceModel, Estimate, Program } from '@tilewright/spec';
import { estimateDispatch } from '../time/estimate-program.ts';

const known = new WeakMap<Program, Estimate>();

/**
 * Time of one run of a dispatch, submission included: what the session reports for every run and
 * what `Target.estimate` says. From the Program and the constants, so it is made once.
 */
export function dispatchEstimate(program: Program, device: DeviceModel): Estimate {
  let estimate = known.get(program);
  if (estimate === undefined) {
    estimate = estimateDispatch(program, device);
    known.set(program, estimate);
  }
  return estimate;
}

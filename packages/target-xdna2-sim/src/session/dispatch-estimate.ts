import type { DeviceModel, Estimate, Program } from '@tilewright/spec';

/**
 * Time of one run of a dispatch: the one place where the session and `Target.estimate` ask for it.
 * Until the estimator is there, no time is claimed: zero, bound by `not-estimated`.
 */
export function dispatchEstimate(_program: Program, _device: DeviceModel): Estimate {
  return { kind: 'estimate', us: 0, parts: [], boundBy: 'not-estimated' };
}

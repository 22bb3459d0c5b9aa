import { lowerPlan } from '@tilewright/kernel-registry';
import { estimateSchedule, type ScheduleEstimate } from '@tilewright/npu-runtime';
import { type CallOptions, type Plan, type Target, TilewrightError } from '@tilewright/spec';

/** Tokens of the prompt, and in the sequence after a decoded one; by default a full prefill and one more. */
export interface EstimatedLengths {
  readonly promptTokens?: number;
  readonly contextTokens?: number;
}

/** The estimated times of a plan. Throws what lowering and compiling throw, and `feature-unsupported`. */
export async function planEstimate(
  plan: Plan,
  target: Target,
  { promptTokens, contextTokens }: EstimatedLengths,
  options: CallOptions = {},
): Promise<ScheduleEstimate> {
  if (target.estimate === undefined) {
    throw new TilewrightError(
      'feature-unsupported',
      `The target ${target.id} has no estimates.`,
      'Deploy the model on it to have it timed, or estimate with --target xdna2-sim.',
      { got: target.id },
    );
  }
  const lowered = lowerPlan(plan, target.device);
  const dispatchEstimates = await target.estimate(await target.compile(lowered, options), options);
  return estimateSchedule({
    ...{ plan, lowered, dispatchEstimates, device: target.device },
    ...(promptTokens !== undefined && { promptTokens }),
    ...(contextTokens !== undefined && { decodeLength: contextTokens }),
  });
}

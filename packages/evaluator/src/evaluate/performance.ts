import { estimateSchedule } from '@tilewright/npu-runtime';
import type { Compiled, DeployedModel, EvaluatedPerformance, Plan, Target } from '@tilewright/spec';

export interface PerformanceRequest {
  readonly plan: Plan;
  readonly compiled: Compiled;
  readonly target: Target;
  readonly deployed: DeployedModel;
  readonly signal?: AbortSignal;
}

/**
 * Time to first token of a full prefill, and decode speed after it. Estimated where the target estimates;
 * else from the times that it reports of a prefill and a decode step.
 */
export async function performanceOf(request: PerformanceRequest): Promise<EvaluatedPerformance> {
  const { plan, compiled, target, deployed, signal } = request;
  const call = signal ? { signal } : {};
  const dispatchEstimates = await target.estimate?.(compiled, call);
  if (dispatchEstimates !== undefined) {
    const { lowered } = compiled;
    const estimate = estimateSchedule({ plan, lowered, dispatchEstimates, device: target.device });
    const { promptTokens, timeToFirstTokenUs, decodeTokensPerSecond } = estimate;
    return { timing: 'estimate', promptTokens, timeToFirstTokenUs, decodeTokensPerSecond };
  }
  const promptTokens = Math.min(plan.prefillLength, plan.contextLength - 1);
  const sequence = deployed.start();
  const total = (): number => sequence.profile.entries.reduce((sum, { us }) => sum + us, 0);
  await sequence.forward({ tokens: new Array<number>(promptTokens).fill(0), ...call });
  const timeToFirstTokenUs = total();
  await sequence.forward({ tokens: [0], ...call });
  const isEstimate = sequence.profile.entries.some(({ timing }) => timing === 'estimate');
  return {
    timing: isEstimate ? 'estimate' : 'measurement',
    promptTokens,
    timeToFirstTokenUs,
    decodeTokensPerSecond: 1e6 / (total() - timeToFirstTokenUs),
  };
}

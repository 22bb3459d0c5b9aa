import { estimateSchedule } from '@tilewright/npu-runtime';
import {
  type Compiled,
  type DeployedModel,
  type DispatchId,
  type Estimate,
  type EvaluatedPerformance,
  type Plan,
  type Profile,
  type Target,
  throwIfAborted,
} from '@tilewright/spec';
import type { TimeRange } from '../judgement/sealed-judgement.ts';
import { SAME_ESTIMATE } from './same-estimate.ts';

export interface PerformanceRequest {
  readonly plan: Plan;
  readonly compiled: Compiled;
  readonly target: Target;
  readonly deployed: DeployedModel;
  /** From the target; null where it does not estimate. */
  readonly estimates: ReadonlyMap<DispatchId, Estimate> | null;
  readonly signal?: AbortSignal;
}

/** Times of the whole deployment, and what a claim about them may say. */
export interface Timed {
  readonly performance: EvaluatedPerformance;
  readonly accepts: { readonly timeToFirstTokenUs: TimeRange; readonly decodeTokenUs: TimeRange };
}

/** Runs that a measurement is made of. */
const RUNS = 20;
/** What the host does may take so many times as long, or as short, in another process: it shares a computer. */
const HOST_VARIES = 2;
/** 99.5 % quantile of Student's t with 19 degrees of freedom. */
const STUDENT_T_19 = 2.861;

/**
 * Time to first token of a full prefill, and decode speed after it. Estimated where the target estimates, and then a
 * claim must be within 1 %; else measured 20 times, after one run that is not counted, and a claim must lie where 99 % of
 * further runs of the device would, and the host's share between half its shortest and twice its longest.
 */
export async function performanceOf(request: PerformanceRequest): Promise<Timed> {
  const { plan, compiled, target, estimates } = request;
  if (target.timing === 'measurement' || estimates === null) return measured(request);
  const { lowered } = compiled;
  const estimate = estimateSchedule({ plan, lowered, dispatchEstimates: estimates, device: target.device });
  const { promptTokens, timeToFirstTokenUs, decodeTokensPerSecond, decodeTokenUs } = estimate;
  const around = (us: number): TimeRange => ({ low: us * (1 - SAME_ESTIMATE), high: us * (1 + SAME_ESTIMATE) });
  return {
    performance: { timing: 'estimate', promptTokens, timeToFirstTokenUs, decodeTokensPerSecond },
    accepts: { timeToFirstTokenUs: around(timeToFirstTokenUs), decodeTokenUs: around(decodeTokenUs) },
  };
}

interface Sample {
  readonly us: number;
  /** Of it, what the host did and was measured. */
  readonly hostUs: number;
}

async function measured({ plan, deployed, signal }: PerformanceRequest): Promise<Timed> {
  const call = signal ? { signal } : {};
  const promptTokens = Math.min(plan.prefillLength, plan.contextLength - 1);
  const first: Sample[] = [];
  const next: Sample[] = [];
  let isEstimate = false;
  for (let run = 0; run <= RUNS; run++) {
    throwIfAborted(signal);
    const sequence = deployed.start();
    const total = (): number => sequence.profile.entries.reduce((sum, { us }) => sum + us, 0);
    const onHost = (): number => hostMeasuredUs(sequence.profile);
    await sequence.forward({ tokens: new Array<number>(promptTokens).fill(0), ...call });
    const [prefillUs, prefillHostUs] = [total(), onHost()];
    await sequence.forward({ tokens: [0], ...call });
    if (run === 0) continue;
    first.push({ us: prefillUs, hostUs: prefillHostUs });
    next.push({ us: total() - prefillUs, hostUs: onHost() - prefillHostUs });
    isEstimate ||= sequence.profile.entries.some(({ timing }) => timing === 'estimate');
  }
  return {
    performance: {
      timing: isEstimate ? 'estimate' : 'measurement',
      promptTokens,
      timeToFirstTokenUs: mean(first.map(({ us }) => us)),
      decodeTokensPerSecond: 1e6 / mean(next.map(({ us }) => us)),
    },
    accepts: { timeToFirstTokenUs: predicted(first), decodeTokenUs: predicted(next) },
  };
}

/** What the host did itself, as far as it was measured. */
function hostMeasuredUs({ entries }: Profile): number {
  const measured = entries.filter(({ action, timing }) => action !== 'run' && timing === 'measurement');
  return measured.reduce((sum, { us }) => sum + us, 0);
}

/** Where a further run would lie: the device's part never less than 1 % about its mean. */
function predicted(samples: readonly Sample[]): TimeRange {
  const device = samples.map(({ us, hostUs }) => us - hostUs);
  const host = samples.map(({ hostUs }) => hostUs);
  const centre = mean(device);
  const variance = device.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (device.length - 1);
  const half = Math.max(SAME_ESTIMATE * centre, STUDENT_T_19 * Math.sqrt(variance * (1 + 1 / device.length)));
  return {
    low: centre - half + Math.min(...host) / HOST_VARIES,
    high: centre + half + Math.max(...host) * HOST_VARIES,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

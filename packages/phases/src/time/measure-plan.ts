import { type DeployedModel, type DeployedSequence, type Plan, type Profile, throwIfAborted } from '@tilewright/spec';
import { estimateOf, MEASURED_RUNS, measurementOf, type PlanTiming } from './plan-timing.ts';

/** Milliseconds since some moment: `performance.now`. */
export type Clock = () => number;

/**
 * Measures a deployed model by the clock on the wall: 20 full prefills with a decode step after each, all that
 * the host does included. One run before them is not counted: in it weights are written that stay.
 */
export async function measurePlan(
  deployed: DeployedModel,
  plan: Plan,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<PlanTiming> {
  const firstTokens: number[] = [];
  const tokens: number[] = [];
  let profile: Profile = { entries: [] };
  for (let run = 0; run <= MEASURED_RUNS; run++) {
    throwIfAborted(signal);
    const sequence = deployed.start();
    const start = clock();
    await prefill(sequence, plan, signal);
    const middle = clock();
    await decode(sequence, signal);
    const end = clock();
    profile = sequence.profile;
    if (run === 0) continue;
    firstTokens.push((middle - start) * 1000);
    tokens.push((end - middle) * 1000);
  }
  return { timeToFirstToken: measurementOf(firstTokens), token: measurementOf(tokens), profile };
}

/** The times that a target which only estimates reports while it runs, of a second prefill and decode step. */
export async function reportedTiming(
  deployed: DeployedModel,
  plan: Plan,
  signal: AbortSignal | undefined,
): Promise<PlanTiming> {
  const warm = deployed.start();
  await prefill(warm, plan, signal);
  await decode(warm, signal);
  const sequence = deployed.start();
  await prefill(sequence, plan, signal);
  const firstTokenUs = total(sequence.profile);
  await decode(sequence, signal);
  return {
    timeToFirstToken: estimateOf(firstTokenUs),
    token: estimateOf(total(sequence.profile) - firstTokenUs),
    profile: sequence.profile,
  };
}

async function prefill(sequence: DeployedSequence, plan: Plan, signal: AbortSignal | undefined): Promise<void> {
  const tokens = new Array<number>(timedPromptTokens(plan)).fill(0);
  await sequence.forward({ tokens, ...(signal && { signal }) });
}

async function decode(sequence: DeployedSequence, signal: AbortSignal | undefined): Promise<void> {
  await sequence.forward({ tokens: [0], ...(signal && { signal }) });
}

/** A full prefill that leaves room for a token after it. */
export function timedPromptTokens({ prefillLength, contextLength }: Plan): number {
  return Math.min(prefillLength, contextLength - 1);
}

function total({ entries }: Profile): number {
  return entries.reduce((sum, { us }) => sum + us, 0);
}

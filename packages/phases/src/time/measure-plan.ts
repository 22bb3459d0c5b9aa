import { type DeployedModel, type DeployedSequence, type Plan, type Profile, throwIfAborted } from '@tilewright/spec';
import { estimateOf, MEASURED_RUNS, measurementOf, type PlanTiming } from './plan-timing.ts';

/** Milliseconds since some moment: `performance.now`. */
export type Clock = () => number;

/**
 * Measures a deployed model: 20 full prefills with a decode step after each, all that the device and the host do for them
 * (what a pass asks for besides, such as taps, is not the deployment's). One run before them is not counted: in it weights
 * are written that stay. The figures are estimates where a part of them is one. The profile is the mean of the runs.
 */
export async function measurePlan(
  deployed: DeployedModel,
  plan: Plan,
  signal: AbortSignal | undefined,
): Promise<PlanTiming> {
  const firstTokens: number[] = [];
  const tokens: number[] = [];
  const profiles: Profile[] = [];
  for (let run = 0; run <= MEASURED_RUNS; run++) {
    throwIfAborted(signal);
    const sequence = deployed.start();
    await prefill(sequence, plan, signal);
    const firstTokenUs = total(sequence.profile);
    await decode(sequence, signal);
    if (run === 0) continue;
    profiles.push(sequence.profile);
    firstTokens.push(firstTokenUs);
    tokens.push(total(sequence.profile) - firstTokenUs);
  }
  const isMeasured = profiles.every(({ entries }) => entries.every(({ timing }) => timing === 'measurement'));
  const figure = isMeasured ? measurementOf : (samples: readonly number[]) => estimateOf(mean(samples));
  return { timeToFirstToken: figure(firstTokens), token: figure(tokens), profile: meanProfile(profiles) };
}

/** Every run does the same, so entries correspond by their place. */
function meanProfile(profiles: readonly Profile[]): Profile {
  const [first = { entries: [] }] = profiles;
  return {
    entries: first.entries.map((entry, index) => ({
      ...entry,
      us: mean(profiles.map(({ entries }) => entries[index]?.us ?? Number.NaN)),
    })),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
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

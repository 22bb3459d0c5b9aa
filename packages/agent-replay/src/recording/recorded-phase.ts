import type { Decision, TranscriptEntry } from '@tilewright/spec';

export type DecisionEntry = Extract<TranscriptEntry, { readonly kind: 'decision' }>;

/** What a transcript says of one phase. */
export interface RecordedPhase {
  /** Those that led to where the phase ended, in their order. */
  readonly decisions: readonly DecisionEntry[];
  /** Digest of the plan with which it ended; null where it did not. */
  readonly planDigest: string | null;
}

type PhaseEntry = Exclude<TranscriptEntry, { readonly kind: 'opened' }>;

/** From one `phase-started` to the next. */
interface PhaseRun {
  readonly entries: PhaseEntry[];
  /** The plan with which the phase before had ended when this run began: what was tried on another is forgotten. */
  readonly base: string | undefined;
}

const OPTIMIZATION_PHASES: ReadonlySet<number> = new Set([4, 5]);
const CLOSING: ReadonlySet<Decision['kind']> = new Set(['run-gate', 'ask-human', 'give-up']);

/** Whether what was tried in an interrupted run of a phase still stands in the next one. */
export function isOptimizationPhase(phase: number): boolean {
  return OPTIMIZATION_PHASES.has(phase);
}

/**
 * What of a transcript is to be decided again in a phase. A phase that validates begins anew with every run, so that
 * only the last counts; in one that optimises what was kept stands, so that all of them do.
 */
export function recordedPhase(entries: readonly TranscriptEntry[], phase: number): RecordedPhase {
  const runs = runsOf(entries, phase);
  const last = runs.at(-1);
  if (last === undefined) return { decisions: [], planDigest: null };
  const counted = isOptimizationPhase(phase) ? runs.filter(({ base }) => base === last.base) : [last];
  const decisions = counted.flatMap((run) => decisionsOf(run, run === last));
  const ended = last.entries.find((entry) => entry.kind === 'phase-ended');
  return { decisions: withoutRepeats(decisions), planDigest: ended?.planDigest ?? null };
}

function runsOf(entries: readonly TranscriptEntry[], phase: number): readonly PhaseRun[] {
  const runs: PhaseRun[] = [];
  let base: string | undefined;
  for (const entry of entries) {
    if (entry.kind === 'opened') continue;
    if (entry.kind === 'phase-ended' && entry.phase === phase - 1) base = entry.planDigest;
    if (entry.phase !== phase) continue;
    if (entry.kind === 'phase-started') runs.push({ entries: [], base });
    runs.at(-1)?.entries.push(entry);
  }
  return runs;
}

/** What ended a run after which there was another did not end the phase. */
function decisionsOf({ entries }: PhaseRun, isLast: boolean): readonly DecisionEntry[] {
  const decisions = entries.filter((entry) => entry.kind === 'decision');
  const final = decisions.at(-1);
  const hasEnded = entries.at(-1)?.kind === 'phase-ended';
  return !isLast && hasEnded && final !== undefined && CLOSING.has(final.decision.kind)
    ? decisions.slice(0, -1)
    : decisions;
}

/** A decision that an interruption has made undone was made once more, about the same plan. */
function withoutRepeats(decisions: readonly DecisionEntry[]): readonly DecisionEntry[] {
  return decisions.filter((entry, index) => {
    const before = decisions[index - 1];
    return before === undefined || before.planDigest !== entry.planDigest || !isSame(before.decision, entry.decision);
  });
}

/** Whether two decisions come to the same, whatever the reasons that they give. */
export function isSame(a: Decision, b: Decision): boolean {
  return JSON.stringify({ ...a, reason: '' }) === JSON.stringify({ ...b, reason: '' });
}

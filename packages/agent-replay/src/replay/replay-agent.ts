import {
  type Agent,
  type DecideOptions,
  type Decision,
  type Observation,
  type Plan,
  type TranscriptEntry,
  throwIfAborted,
} from '@tilewright/spec';
import {
  type DecisionEntry,
  isOptimizationPhase,
  isSame,
  type RecordedPhase,
  recordedPhase,
} from '../recording/recorded-phase.ts';
import { requireSubject, transcriptSubject } from '../recording/transcript-subject.ts';

export interface ReplayOptions {
  /** The digest by which transcripts name plans. */
  readonly digestOf: (plan: Plan) => string;
}

/** A decision that was made again although the plan is another than it was about. */
export interface Divergence {
  readonly phase: number;
  /** Counted from 1 among those of its phase. */
  readonly decision: number;
  readonly recordedPlan: string;
  readonly plan: string;
}

export interface ReplayAgent extends Agent {
  /** Oldest first. Empty where every decision was made about the plan that it was about before. */
  divergences(): readonly Divergence[];
}

type Made = Pick<DecisionEntry, 'decision' | 'planDigest'>;

/**
 * Decides what a transcript says, phase by phase. Where it has no more to say, it takes back what the transcript's
 * deployment took back at a limit, and lets the gate decide. After an interruption it goes on where the conversation ends. Throws
 * `file-malformed` for a transcript that does not say what it is of; decides about nothing else (`agent-failed`).
 */
export function replayAgent(entries: readonly TranscriptEntry[], { digestOf }: ReplayOptions): ReplayAgent {
  const subject = transcriptSubject(entries);
  const divergences: Divergence[] = [];
  const phases = new Map<number, RecordedPhase>();
  const spoken = new Map<number, Made[]>();

  const recorded = (phase: number): RecordedPhase => {
    const known = phases.get(phase) ?? recordedPhase(entries, phase);
    phases.set(phase, known);
    return known;
  };

  return {
    specificationVersion: 'v1',
    id: 'replay',
    divergences: () => divergences,
    async decide(observation, options): Promise<Decision> {
      throwIfAborted(options?.signal);
      requireSubject(subject, observation.origin);
      const { phase, plan } = observation.situation;
      const planDigest = digestOf(plan);
      const own = spoken.get(phase) ?? [];
      if (observation.attempt === 0 && !isOptimizationPhase(phase)) own.length = 0;
      const made = options?.conversation ? conversed(options.conversation.entries, phase) : own;
      const decision = next(recorded(phase), made, planDigest, isResumed(observation, options));
      spoken.set(phase, [...own, { decision: decision.decision, planDigest }]);
      if (decision.divergence === null) return decision.decision;
      divergences.push({ phase, ...decision.divergence, plan: planDigest });
      return saidSo(decision.decision);
    },
  };
}

interface Next {
  readonly decision: Decision;
  readonly divergence: Pick<Divergence, 'decision' | 'recordedPlan'> | null;
}

function next(
  { decisions, planDigest: final }: RecordedPhase,
  made: readonly Made[],
  plan: string,
  resumed: boolean,
): Next {
  const at = position(decisions, made);
  const before = decisions[at - 1];
  // What was decided last may have been lost; if it was not, doing it again to the same plan does nothing.
  const again = resumed && before !== undefined && made.at(-1)?.planDigest === plan;
  const index = again ? at - 1 : at;
  const entry = decisions[index];
  if (entry !== undefined) {
    const isSamePlan = entry.planDigest === plan;
    const divergence = isSamePlan ? null : { decision: index + 1, recordedPlan: entry.planDigest };
    return { decision: entry.decision, divergence };
  }
  const isBehind = final !== null && final !== plan && made.some(({ planDigest }) => planDigest === final);
  if (isBehind) return tail({ kind: 'revert', reason: 'The transcript ends with an earlier plan.' });
  if (made.at(-1)?.decision.kind !== 'run-gate' || made.at(-1)?.planDigest !== plan) return tail({ kind: 'run-gate' });
  return tail({ kind: 'give-up', reason: 'The transcript has nothing more to say about this phase.' });
}

function tail(decision: Decision): Next {
  return { decision, divergence: null };
}

/** How many of the recorded decisions have been made; those made twice count once. */
function position(decisions: readonly DecisionEntry[], made: readonly Made[]): number {
  let at = 0;
  for (const { decision } of made) {
    const entry = decisions[at];
    if (entry !== undefined && isSame(entry.decision, decision)) at++;
  }
  return at;
}

/** What was decided in this phase of the deployment that goes on: where it validates, since it began last. */
function conversed(entries: readonly TranscriptEntry[], phase: number): readonly Made[] {
  const started = entries.findLastIndex(({ kind }) => kind === 'phase-started');
  const counted = isOptimizationPhase(phase) ? entries : entries.slice(started + 1);
  return counted.filter((entry) => entry.kind === 'decision');
}

function isResumed({ attempt }: Observation, options: DecideOptions | undefined): boolean {
  return attempt === 0 && options?.conversation !== undefined;
}

function saidSo(decision: Decision): Decision {
  if (!('reason' in decision)) return decision;
  const note = 'decided about another plan in the transcript';
  return { ...decision, reason: decision.reason === '' ? note : `${decision.reason} (${note})` };
}

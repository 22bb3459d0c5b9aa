import { createHash } from 'node:crypto';
import type { Decision, Observation } from '@tilewright/spec';

/** A decision that has come to nothing before: what to say of it, or that it is enough. */
type Repetition =
  | { readonly kind: 'mistake'; readonly problem: string }
  | { readonly kind: 'end'; readonly reason: string };

/** Notices a decision that was taken before on the very same plan: the machine answers it as it did then. */
export interface RepeatedDecisions {
  /** Counts the decision. Null for the first time. */
  readonly notice: (observation: Observation, decision: Decision) => Repetition | null;
}

export function repeatedDecisions(): RepeatedDecisions {
  let phase: number | null = null;
  let counts = new Map<string, number>();
  return {
    notice: (observation, decision) => {
      const { situation, attempt } = observation;
      // Each phase, and each run, counts anew.
      if (situation.phase !== phase || (attempt === 0 && counts.size > 1)) counts = new Map();
      phase = situation.phase;
      const idea = ideaOf(observation, decision);
      if (idea === null) return null;
      const key = createHash('sha256')
        .update(JSON.stringify([situation.plan, observation.instruction, idea]))
        .digest('hex');
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count === 1) return null;
      if (count === 2) return { kind: 'mistake', problem: AGAIN };
      return {
        kind: 'end',
        reason: `The model decided the same for the third time on the same plan: ${wordFor(decision)}.`,
      };
    },
  };
}

const AGAIN =
  'Not done: you decided exactly this before, on this very plan, and the answer would be the same. What came of it is above. Decide something else, or give up; the same once more ends the phase.';

/** What is decided, without the words for it; null for what may well be said twice. */
function ideaOf({ proposals, findings }: Observation, decision: Decision): unknown {
  switch (decision.kind) {
    case 'ask-human':
    case 'give-up':
      return null;
    case 'try-proposal':
      return ['edits', proposals.find(({ id }) => id === decision.proposal)?.edits ?? decision.proposal];
    case 'apply-finding':
      return ['finding', findings[decision.finding]?.edits ?? decision.finding];
    case 'author-edits':
      return ['edits', decision.edits];
    case 'record-lesson':
      return [decision.kind, decision.lesson];
    default:
      return [decision.kind];
  }
}

function wordFor(decision: Decision): string {
  return decision.kind === 'try-proposal' ? `try-proposal ${decision.proposal}` : decision.kind;
}

import type { ClaudeAgentSettings } from './claude-agent-options.ts';
import type { Step } from './take-answer.ts';

/** So many of a kind, and the agent gives up. */
const MOST_IDLE_ANSWERS = 3;
const MOST_REFUSALS = 2;
const MOST_SAME_MISTAKES = 3;

/** How long the agent bears with a model that does not decide. */
export interface Patience {
  /** Why the agent gives up after this answer, or null. */
  readonly endAfter: (step: Step, mistakes: readonly string[]) => string | null;
  readonly answersLeft: () => number;
}

export function patienceOf({ maxRequestsPerDecision }: ClaudeAgentSettings): Patience {
  let [answers, idle, refusals] = [0, 0, 0];
  const counts = new Map<string, number>();
  return {
    answersLeft: () => maxRequestsPerDecision - answers,
    endAfter: (step, mistakes) => {
      answers++;
      idle = step.kind === 'reply' && step.wentNowhere ? idle + 1 : 0;
      for (const mistake of step.kind === 'reply' && !step.wentNowhere ? mistakes : [])
        counts.set(mistake, (counts.get(mistake) ?? 0) + 1);
      if (step.kind === 'refused' && ++refusals >= MOST_REFUSALS)
        return `The model refused: ${step.reason.replace(/\.$/, '')}.`;
      if (idle >= MOST_IDLE_ANSWERS) return `The model neither looked nor decided in ${idle} answers.`;
      if ([...counts.values()].some((count) => count >= MOST_SAME_MISTAKES))
        return 'The model made the same mistaken call again and again.';
      return answers >= maxRequestsPerDecision ? `The model did not decide in ${answers} answers.` : null;
    },
  };
}

import { type Agent, type Decision, type Observation, throwIfAborted } from '@tilewright/spec';

/** A decision, or how to make one from what the agent is shown (also asynchronously, as a model would). */
export type ScriptedDecision = Decision | ((observation: Observation) => Decision | Promise<Decision>);

export interface ScriptedAgent extends Agent {
  /** Everything it was shown, oldest first. */
  readonly observations: readonly Observation[];
}

/** An agent that answers from a script, in order, and gives up when the script has ended. */
export function scriptedAgent(decisions: readonly ScriptedDecision[]): ScriptedAgent {
  const observations: Observation[] = [];
  let next = 0;
  return {
    specificationVersion: 'v1',
    id: 'scripted',
    observations,
    async decide(observation, options): Promise<Decision> {
      throwIfAborted(options?.signal);
      observations.push(observation);
      const decision = decisions[next++];
      if (decision === undefined) return { kind: 'give-up', reason: 'The script has ended.' };
      return typeof decision === 'function' ? decision(observation) : decision;
    },
  };
}

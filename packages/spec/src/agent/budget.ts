/** What an agent may use. What is absent has no limit. */
export interface BudgetLimits {
  /** Of a language model, every kind together. */
  readonly tokens?: number;
  readonly costUsd?: number;
  /** Decisions that change the plan: proposals, findings and edits of its own. */
  readonly attempts?: number;
  /** Of the clock, gates included. */
  readonly wallMs?: number;
}

/**
 * At a limit the agent is not asked again: the phase ends with its gate, on the best plan that stands. Where the
 * limit is that of the whole deployment, so do the phases after it.
 */
export interface Budget {
  readonly phase?: BudgetLimits;
  readonly total?: BudgetLimits;
}

/** The words for the limits, for messages. */
export type BudgetLimit = keyof BudgetLimits;

/**
 * What a decision came to. `new`: a plan, a verdict or a time that was not known. `neutral`: something was done that leads
 * back, or was only noted. `none`: nothing changed and nothing was learnt.
 */
export type Effect = 'new' | 'neutral' | 'none';

/** Decisions in a row without any effect after which an agent is not asked again. */
const MAX_FUTILE_DECISIONS = 8;

/** Notices an agent that turns in circles. */
export class FutileDecisions {
  #inRow = 0;

  /** Why the agent's part ends with this decision; null where it goes on. */
  after(effect: Effect): string | null {
    if (effect === 'new') this.#inRow = 0;
    if (effect === 'none') this.#inRow++;
    if (this.#inRow < MAX_FUTILE_DECISIONS) return null;
    return `${MAX_FUTILE_DECISIONS} decisions in a row changed nothing and taught nothing.`;
  }
}

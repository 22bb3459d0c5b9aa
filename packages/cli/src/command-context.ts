import type { Progress } from './progress/progress.ts';
import type { Surroundings } from './terminal/surroundings.ts';

/** What every command gets besides its own request. */
export interface CommandContext {
  readonly surroundings: Surroundings;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

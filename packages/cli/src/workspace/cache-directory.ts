import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Surroundings } from '../terminal/surroundings.ts';

/**
 * Where what the oracle has computed is kept for deployments to look up: `$TILEWRIGHT_HOME/cache/taps`, else in the
 * user's cache directory by the XDG convention. It may be removed at any time. The evaluator does not look there.
 */
export function cacheDirectory({ environment }: Pick<Surroundings, 'environment'>): string {
  const home = environment.TILEWRIGHT_HOME;
  if (home) return join(home, 'cache', 'taps');
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tilewright', 'taps');
}

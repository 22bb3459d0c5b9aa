import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Surroundings } from '../terminal/surroundings.ts';

/**
 * Where a user's lessons are kept from one deployment to the next: `$TILEWRIGHT_HOME/lessons`, else in the
 * user's data directory by the XDG convention.
 */
export function lessonDirectory({ environment }: Pick<Surroundings, 'environment'>): string {
  const home = environment.TILEWRIGHT_HOME;
  if (home) return join(home, 'lessons');
  return join(environment.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'tilewright', 'lessons');
}

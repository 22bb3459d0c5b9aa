import { basename, relative, sep } from 'node:path';
import type { Surroundings } from './surroundings.ts';

/** What a user has to type to call us again, from the path that was run and where npm is involved. */
export function commandName(script: string, environment: Surroundings['environment'], cwd: string): string {
  // npm runs a script of a checkout, or npx runs us: the command is on npm's path, not on the user's.
  if (environment.npm_lifecycle_event !== undefined) return 'npx tilewright';
  if (basename(script) === 'tilewright') return script.includes(`node_modules${sep}`) ? 'npx tilewright' : 'tilewright';
  return `node ${relative(cwd, script)}`;
}

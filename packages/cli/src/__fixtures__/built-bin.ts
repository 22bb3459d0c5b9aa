import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageInfo } from '../package-info.ts';

/** The command as it was built, for tests that run it in a process of its own. */
export function requireBuilt(): string {
  const { bin, directory } = packageInfo();
  const built = join(directory, 'dist', 'bin.js');
  if (!existsSync(built)) throw new Error(`${built} is not there: run \`npm run build\` first, as \`npm test\` does.`);
  return bin;
}

import { existsSync } from 'node:fs';
import { packageInfo } from '../package-info.ts';

/** The command as it was built, for tests that run it in a process of its own. */
export function requireBuilt(): string {
  const { bin } = packageInfo();
  if (!existsSync(bin)) throw new Error(`${bin} is not there: run \`npm run build\` first, as \`npm test\` does.`);
  return bin;
}

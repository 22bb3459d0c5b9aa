import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageInfo } from '../package-info.ts';

/** The versions of the contracts that this command goes with. */
export function specRange(): string {
  const manifest = JSON.parse(readFileSync(join(packageInfo().directory, 'package.json'), 'utf8'));
  return manifest.dependencies['@tilewright/spec'];
}

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Our own package.json, from the sources as from what was built. */
export interface PackageInfo {
  readonly directory: string;
  readonly name: string;
  readonly version: string;
  readonly requiredNode: string;
  readonly dependencies: readonly string[];
  /** Absolute path of the `tilewright` command. */
  readonly bin: string;
}

export function packageInfo(): PackageInfo {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  const content = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return {
    directory,
    name: content.name,
    version: content.version,
    requiredNode: content.engines.node.replace('>=', ''),
    dependencies: Object.keys(content.dependencies),
    bin: join(directory, content.bin.tilewright),
  };
}

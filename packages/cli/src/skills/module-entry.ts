import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TilewrightError } from '@tilewright/spec';

/** What of a package.json matters for a skill package. */
export interface SkillPackage {
  readonly directory: string;
  /** The file that an import of the package loads; null where it names none that exists. */
  readonly entry: string | null;
  /** A module that exports situations to try the skill on: `tilewright.trial`. */
  readonly trial: string | null;
}

/** The package in a directory; null if the directory has no package.json. Throws `file-malformed`. */
export function skillPackage(directory: string): SkillPackage | null {
  const file = join(directory, 'package.json');
  if (!existsSync(file)) return null;
  let manifest: { readonly exports?: unknown; readonly main?: unknown; readonly tilewright?: { trial?: unknown } };
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TilewrightError(
      'file-malformed',
      `${file} is not JSON: ${(error as Error).message}.`,
      'Correct the file.',
      { file },
      { cause: error },
    );
  }
  const { exports, main, tilewright } = manifest;
  const entry = exports === undefined ? (typeof main === 'string' ? main : 'index.js') : entryOf(exports);
  const trial = typeof tilewright?.trial === 'string' ? resolve(directory, tilewright.trial) : null;
  return { directory, entry: entry === null ? null : asFile(resolve(directory, entry)), trial };
}

/** What `import` takes of a package's `exports`. */
function entryOf(exports: unknown): string | null {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return null;
  for (const [condition, value] of Object.entries(exports)) {
    const found = ['.', 'node', 'import', 'default'].includes(condition) ? entryOf(value) : null;
    if (found !== null) return found;
  }
  return null;
}

function asFile(path: string): string | null {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : null;
}

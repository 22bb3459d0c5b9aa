import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { atomicWriter } from '@tilewright/phases';
import { TilewrightError, throwIfAborted } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { packageInfo } from '../package-info.ts';
import { scaffoldFiles } from './scaffold-files.ts';
import { skillDocumentFaults } from './skill-document-faults.ts';

export interface NewSkill {
  readonly name: string;
  readonly directory: string;
  /** Paths within the directory. */
  readonly files: readonly string[];
}

/**
 * Writes a skill package into a new directory of that name: a real optimisation skill, its document, and a test.
 * Throws `usage` for a name that no skill may have, or a directory that is there and not empty.
 */
export async function newSkill(name: string, { surroundings, signal }: CommandContext): Promise<NewSkill> {
  const directory = resolve(surroundings.cwd, name);
  const files = scaffoldFiles(name, specRange());
  const [fault] = skillDocumentFaults(files['SKILL.md'], name);
  if (fault !== undefined || basename(directory) !== name) {
    throw new TilewrightError(
      'usage',
      `A skill cannot be named "${name}": ${fault?.message ?? 'it is no plain name'}.`,
      'Use lower-case words joined by hyphens, such as keep-rope-tables.',
      { field: 'name', got: name },
    );
  }
  if (existsSync(directory) && (await entriesOf(directory)).length > 0) {
    throw new TilewrightError(
      'usage',
      `${directory} is there already, and is not an empty directory.`,
      'Choose another name, or remove it.',
      { file: directory },
    );
  }
  const write = atomicWriter();
  for (const [path, text] of Object.entries(files)) {
    throwIfAborted(signal);
    await write(join(directory, path), text);
  }
  return { name, directory, files: Object.keys(files) };
}

/** What is in a directory; the path itself where it is something else. */
async function entriesOf(path: string): Promise<readonly string[]> {
  return readdir(path).catch(() => [path]);
}

/** The versions of the contracts that this command goes with. */
function specRange(): string {
  const manifest = JSON.parse(readFileSync(join(packageInfo().directory, 'package.json'), 'utf8'));
  return manifest.dependencies['@tilewright/spec'];
}

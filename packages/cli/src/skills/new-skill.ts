import { basename, join, resolve } from 'node:path';
import { atomicWriter } from '@tilewright/phases';
import { throwIfAborted } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { requireNewDirectory, requireSkillName } from './new-directory.ts';
import { scaffoldFiles } from './scaffold-files.ts';
import { specRange } from './spec-range.ts';

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
  requireSkillName(name, basename(directory));
  await requireNewDirectory(directory);
  const write = atomicWriter();
  for (const [path, text] of Object.entries(files)) {
    throwIfAborted(signal);
    await write(join(directory, path), text);
  }
  return { name, directory, files: Object.keys(files) };
}

import { join, relative, resolve } from 'node:path';
import { atomicWriter } from '@tilewright/phases';
import { TilewrightError, throwIfAborted } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { textOf } from '../files/text-of.ts';
import { builtInSkills } from './built-in-skills.ts';

export interface InstallRequest {
  /** The project in which a coding agent works; its home directory installs for all projects. */
  readonly directory: string;
  /** Replace files that are there and differ. */
  readonly force: boolean;
}

export interface InstalledSkills {
  readonly directory: string;
  readonly skills: readonly string[];
  /** Paths within the directory, by what was done with them. */
  readonly created: readonly string[];
  readonly replaced: readonly string[];
  readonly unchanged: readonly string[];
}

/** Where coding agents look for skills, within a project as within a home directory. */
const AGENT_DIRECTORIES: readonly string[] = ['.claude/skills', '.agents/skills'];

/**
 * Puts the sixteen SKILL.md files where coding agents look. Looks at every file before it writes any: where one is
 * there and differs, and `force` is not given, it throws `usage` and has written nothing. Each file is replaced
 * as a whole, so that an interrupted installation is completed by the next.
 */
export async function installSkills(
  { directory, force }: InstallRequest,
  { surroundings, signal }: CommandContext,
): Promise<InstalledSkills> {
  const root = resolve(surroundings.cwd, directory);
  const skills = await builtInSkills();
  const files = await Promise.all(
    AGENT_DIRECTORIES.flatMap((place) =>
      skills.map(async ({ name, document }) => {
        const path = join(root, place, name, 'SKILL.md');
        return { path, document, present: await textOf(path) };
      }),
    ),
  );
  const differing = files.filter(({ present, document }) => present !== null && present !== document);
  const names = (some: typeof files): string[] => some.map(({ path }) => relative(root, path));
  if (differing.length > 0 && !force) {
    throw new TilewrightError(
      'usage',
      `${differing.length} of the files are there already and differ: ${names(differing).join(', ')}.`,
      'Look at what was changed in them, and install with --force to replace them.',
      { field: '--force', file: differing[0]?.path as string, differing: names(differing) },
    );
  }
  const write = atomicWriter();
  const missing = files.filter(({ present }) => present === null);
  for (const { path, document } of [...missing, ...differing]) {
    throwIfAborted(signal);
    await write(path, document);
  }
  return {
    directory: root,
    skills: skills.map(({ name }) => name),
    created: names(missing),
    replaced: names(differing),
    unchanged: names(files.filter(({ present, document }) => present === document)),
  };
}

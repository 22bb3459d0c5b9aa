import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { atomicWriter } from '@tilewright/phases';
import { TilewrightError, throwIfAborted } from '@tilewright/spec';
import { packageInfo } from '../package-info.ts';

/** A package that is tried where nobody looks before it is put where it belongs. */
export interface StagedPackage {
  /** Where it lies now; its last part is that of where it goes. */
  readonly directory: string;
  /** Moves it to its place. */
  move(): Promise<void>;
  /** Removes what is left of it. */
  remove(): Promise<void>;
}

/** What a promoted skill and its test import. */
const PACKAGES = ['kernel-registry', 'spec', 'testkit'] as const;

/**
 * Writes files beside where they belong, with our own packages to import, so that the code can be run before anybody
 * installs it. Throws `file-unwritable`, `aborted`.
 */
export async function stagePackage(
  directory: string,
  files: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<StagedPackage> {
  const parent = dirname(directory);
  const staging = await makeStaging(parent);
  const staged = join(staging, basename(directory));
  const remove = (): Promise<void> => rm(staging, { recursive: true, force: true });
  try {
    const scope = join(staging, 'node_modules', '@tilewright');
    await mkdir(scope, { recursive: true });
    for (const name of PACKAGES) await symlink(ourPackage(name), join(scope, name), 'junction');
    const write = atomicWriter();
    for (const [path, text] of Object.entries(files)) {
      throwIfAborted(signal);
      await write(join(staged, path), text);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  const move = async (): Promise<void> => {
    // An empty directory may be there: not everywhere can it be renamed over.
    if (existsSync(directory)) await rmdir(directory);
    await rename(staged, directory);
  };
  return { directory: staged, move, remove };
}

async function makeStaging(parent: string): Promise<string> {
  try {
    await mkdir(parent, { recursive: true });
    return await mkdtemp(join(parent, '.promoting-'));
  } catch (error) {
    throw new TilewrightError(
      'file-unwritable',
      `${parent} cannot be written to: ${(error as Error).message}.`,
      'Choose another directory with --out.',
      { file: parent },
      { cause: error },
    );
  }
}

/** Where one of our packages is installed for this command. */
function ourPackage(name: string): string {
  for (let at = packageInfo().directory; ; at = dirname(at)) {
    const found = join(at, 'node_modules', '@tilewright', name);
    if (existsSync(found)) return found;
    if (at === dirname(at)) throw new TypeError(`@tilewright/${name} is not installed beside the command`);
  }
}

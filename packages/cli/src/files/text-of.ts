import { readFile } from 'node:fs/promises';
import { TilewrightError } from '@tilewright/spec';

/**
 * The text of a file that is to be written; null if there is none. Throws `file-unwritable` where something else is in
 * its place.
 */
export async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new TilewrightError(
      'file-unwritable',
      `${path} cannot be written: ${(error as Error).message}.`,
      'Choose a directory that can be written to, and in which no other thing is in the way.',
      { file: path },
      { cause: error },
    );
  }
}

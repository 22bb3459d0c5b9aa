import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TilewrightError } from '@tilewright/spec';

/**
 * Replaces a file as a whole: whoever reads it finds all of the old content or all of the new, also when two
 * processes write it at once. Throws `file-unwritable`.
 */
export async function writeAtomic(path: string, content: string): Promise<void> {
  const unique = `${process.pid}.${Math.random().toString(36).slice(2)}`;
  const temporary = join(dirname(path), `.${basename(path)}.${unique}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unwritable(path, error);
  }
}

/** What the file system said when it would not take `path`. */
export function unwritable(path: string, cause: unknown): TilewrightError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TilewrightError(
    'file-unwritable',
    `${path} cannot be written: ${reason}.`,
    'Make room on the disk, or choose a directory that can be written to.',
    { file: path },
    { cause },
  );
}

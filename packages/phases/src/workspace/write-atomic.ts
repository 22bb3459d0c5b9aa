import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TilewrightError } from '@tilewright/spec';

/** Replaces a file as a whole: after a crash it holds the old text or the new, never a part. */
export type AtomicWrite = (path: string, text: string) => Promise<void>;

export type WriteStage = 'create-directory' | 'open' | 'write' | 'sync' | 'rename' | 'sync-directory';

/** Called before each stage of each write; what it throws is what the disk would. For tests of failure. */
export type WriteHook = (stage: WriteStage, path: string) => void;

/** Names of files that an interrupted write leaves behind. */
export const TEMPORARY_FILE: RegExp = /^\..+\.\d+\.tmp$/;

/** The one way in which anything is written to a workspace. Throws `file-unwritable`. */
export function atomicWriter(before: WriteHook = () => {}): AtomicWrite {
  return async (path, text) => {
    const directory = dirname(path);
    const temporary = join(directory, `.${basename(path)}.${process.pid}.tmp`);
    try {
      before('create-directory', path);
      await mkdir(directory, { recursive: true });
      before('open', path);
      const file = await open(temporary, 'w');
      try {
        before('write', path);
        await file.writeFile(text);
        before('sync', path);
        await file.sync();
      } finally {
        await file.close();
      }
      before('rename', path);
      await rename(temporary, path);
      before('sync-directory', path);
      await syncDirectory(directory);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw unwritable(path, error);
    }
  };
}

/** Makes the rename itself survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Says what the disk said. */
export function unwritable(path: string, cause: unknown): TilewrightError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TilewrightError(
    'file-unwritable',
    `${path} cannot be written: ${reason}.`,
    'Make room on the disk or choose a directory that can be written to, and run the command again.',
    { file: path },
    { cause },
  );
}

/** Removes what writes left behind in a directory and those in it when their process was killed. */
export async function removeTemporaries(directory: string): Promise<void> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const left = names.filter((name) => TEMPORARY_FILE.test(basename(name)));
  await Promise.all(left.map((name) => rm(join(directory, name), { force: true })));
}

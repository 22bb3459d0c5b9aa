import { mkdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { AtomicWrite } from '@tilewright/phases';
import { TilewrightError, throwIfAborted } from '@tilewright/spec';
import { recordFile } from './generation-record.ts';
import type { Placement } from './placement.ts';

/**
 * Does what a placement says. Everything is written beside the directory first, so that a full disk or an
 * interruption leaves it as it was. A new directory then appears as a whole. In one that is there, files are renamed
 * one by one in the order of the placement, after a record that knows old and new texts: whatever ends this on the
 * way, a reader finds whole files, and the next generation goes on without mistaking any of them for the user's.
 */
export async function placeFiles(placement: Placement, write: AtomicWrite, signal: AbortSignal): Promise<void> {
  const { root, files, before, created, replaced, removed } = placement;
  const staging = join(dirname(root), `.${basename(root)}.${process.pid}.tmp`);
  const changed = files.filter(({ path }) => created.includes(path) || replaced.includes(path));
  const record = recordFile(files);
  try {
    for (const { path, text } of [...changed, record]) {
      throwIfAborted(signal);
      await write(join(staging, path), text);
    }
    if (!(await isDirectory(root))) {
      await rename(staging, root);
      return;
    }
    const journal = recordFile(files, before);
    await write(join(root, journal.path), journal.text);
    for (const { path } of changed) {
      throwIfAborted(signal);
      await mkdir(dirname(join(root, path)), { recursive: true });
      await rename(join(staging, path), join(root, path));
    }
    for (const path of removed) await removeWithEmptyParents(root, path);
    await rename(join(staging, record.path), join(root, record.path));
  } catch (error) {
    throw TilewrightError.isInstance(error) ? error : unwritable(root, error);
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => {});
  }
}

async function removeWithEmptyParents(root: string, path: string): Promise<void> {
  await rm(join(root, path), { force: true });
  for (let at = dirname(path); at !== '.'; at = dirname(at)) {
    const removed = await rmdir(join(root, at)).then(
      () => true,
      // Something else lies in it.
      () => false,
    );
    if (!removed) return;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

function unwritable(root: string, cause: unknown): TilewrightError {
  return new TilewrightError(
    'file-unwritable',
    `${root} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
    'Make room on the disk or choose a directory that can be written to, and run the command again.',
    { file: root },
    { cause },
  );
}

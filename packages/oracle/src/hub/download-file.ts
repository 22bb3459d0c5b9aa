import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { TilewrightError, throwIfAborted } from '@tilewright/spec';
import { exists } from '../files/exists.ts';
import { unwritable } from '../files/write-atomic.ts';
import type { HubClient, HubFile } from './hub-client.ts';

/** How often a connection that breaks is taken up again, if each time some bytes have come. */
const ATTEMPTS = 5;

export interface DownloadPlaces {
  /** Where the content goes, by digest. */
  readonly blob: string;
  /** The name under which the snapshot has it. */
  readonly entry: string;
}

/**
 * Brings one file of a commit into the cache. What comes is written beside the blob and continued there, also by a
 * later run; only a whole file whose digest is right takes its place, so nothing half-written is ever found there.
 * Throws `download-failed`, `file-unwritable`, `aborted` and what the hub's refusals are.
 */
export async function downloadIntoCache(
  client: HubClient,
  file: HubFile,
  commit: string,
  { blob, entry }: DownloadPlaces,
  options: { readonly onBytes: (received: number) => void; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  if (!(await exists(blob))) await receive(client, file, commit, blob, options);
  else options.onBytes(file.bytes);
  await link(blob, entry);
}

async function receive(
  client: HubClient,
  file: HubFile,
  commit: string,
  blob: string,
  { onBytes, signal }: { readonly onBytes: (received: number) => void; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const incomplete = `${blob}.incomplete`;
  await mkdir(dirname(blob), { recursive: true }).catch((error: unknown) => {
    throw unwritable(blob, error);
  });
  for (let attempt = 1; ; attempt++) {
    const before = await bytesIn(incomplete);
    try {
      await append(client, file, commit, incomplete, before <= file.bytes ? before : 0, onBytes);
      break;
    } catch (error) {
      throwIfAborted(signal);
      const isBroken = TilewrightError.isInstance(error) && error.details.unreachable === true;
      if (!isBroken || attempt === ATTEMPTS || (await bytesIn(incomplete)) <= before) throw error;
    }
  }
  const got = await contentDigest(incomplete, file, signal);
  if (got !== file.digest) {
    await rm(incomplete, { force: true });
    throw new TilewrightError(
      'download-failed',
      `${file.path} arrived damaged: its digest is ${got}, not ${file.digest}.`,
      'Run the command again; the file is downloaded anew.',
      { file: file.path, expected: file.digest, got },
    );
  }
  await rename(incomplete, blob);
}

/** Throws `download-failed` where the connection ends before the file does. */
async function append(
  client: HubClient,
  file: HubFile,
  commit: string,
  incomplete: string,
  from: number,
  onBytes: (received: number) => void,
): Promise<void> {
  let received = from;
  onBytes(received);
  if (received < file.bytes || file.bytes === 0) {
    const handle = await open(incomplete, from === 0 ? 'w' : 'a').catch((error: unknown) => {
      throw unwritable(incomplete, error);
    });
    try {
      for await (const bytes of client.content(file, commit, from)) {
        await handle.writeFile(bytes).catch((error: unknown) => {
          throw unwritable(incomplete, error);
        });
        received += bytes.length;
        onBytes(received);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  if (received === file.bytes) return;
  if (received > file.bytes) await rm(incomplete, { force: true });
  throw new TilewrightError(
    'download-failed',
    `${file.path} ended after ${received} of ${file.bytes} bytes.`,
    'Check the connection and run the command again; what has been downloaded is kept.',
    { file: file.path, expected: file.bytes, got: received, unreachable: true },
  );
}

/** As the hub names it: SHA-256 of the content, or the SHA-1 of a Git blob. */
async function contentDigest(path: string, { digest, bytes }: HubFile, signal?: AbortSignal): Promise<string> {
  const hash: Hash = digest.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);
  for await (const part of createReadStream(path)) {
    throwIfAborted(signal);
    hash.update(part as Uint8Array);
  }
  return hash.digest('hex');
}

/** A relative link, as huggingface_hub makes it; a copy where the file system has no links. */
async function link(blob: string, entry: string): Promise<void> {
  if (await exists(entry)) return;
  const unique = join(dirname(entry), `.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`);
  try {
    await mkdir(dirname(entry), { recursive: true });
    await symlink(relative(dirname(entry), blob), unique).catch(() => copyFile(blob, unique));
    await rename(unique, entry);
  } catch (error) {
    await rm(unique, { force: true }).catch(() => {});
    throw unwritable(entry, error);
  }
}

async function bytesIn(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

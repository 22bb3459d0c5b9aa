import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TilewrightError } from '@tilewright/spec';
import { writeAtomic } from '../files/write-atomic.ts';
import { type CacheLayout, cacheLayout } from './cache-layout.ts';
import { downloadIntoCache } from './download-file.ts';
import { HubClient, type HubFile } from './hub-client.ts';
import type { HubSettings } from './hub-settings.ts';
import { formatModelId, type ModelId, parseModelId } from './model-id.ts';
import { cachedModel, INDEX, neededFiles, shardsOf, type Want } from './needed-files.ts';

export interface FetchModelOptions extends HubSettings {
  /** `config` brings the configuration alone. Default `model`. */
  readonly want?: Want;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FetchProgress) => void;
}

export type FetchProgress =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly receivedBytes: number;
      readonly totalBytes: number;
      /** How many files of the model are there, and how many it has as far as is known. */
      readonly done: number;
      readonly files: number;
    }
  /** The hub could not be reached, and the cache has what was wanted, as of an earlier time. */
  | { readonly kind: 'from-cache'; readonly commit: string; readonly reason: string };

/** A model of the hub that is in the cache now. */
export interface FetchedModel {
  /** What `openModel` takes: the snapshot's directory, or the GGUF file in it. */
  readonly path: string;
  /** As it was asked for. */
  readonly id: string;
  readonly revision: string;
  /** The commit that the revision stands for. */
  readonly commit: string;
}

const COMMIT = /^[0-9a-f]{40}$/;

/**
 * Brings a model of Hugging Face's hub, `org/name[/FILE.gguf][@revision]`, into the standard cache, or finds it there:
 * only the files that are needed, each checked against its digest. A commit that is there is not asked for; where the
 * hub cannot be reached, what the cache has of a branch is taken and `onProgress` told. Throws `usage` for what is no
 * id, `file-missing`, `download-failed`, `file-unwritable`, `dependency-missing` and `aborted`.
 */
export async function fetchModel(text: string, options: FetchModelOptions): Promise<FetchedModel> {
  const id = parseModelId(text);
  if (id === null) {
    const remedy = 'Give it as org/name, with @revision where it is not the main branch.';
    throw new TilewrightError('usage', `${text} is no model of the hub.`, remedy, { field: 'model', got: text });
  }
  const { want = 'model', offline, signal } = options;
  const places = cacheLayout(options.cacheDirectory, id);
  const fetched = (path: string, commit: string): FetchedModel => ({ path, id: text, revision: id.revision, commit });

  const pinned = COMMIT.test(id.revision) ? id.revision : null;
  const fromCache = async (reason: string, cause?: TilewrightError): Promise<FetchedModel> => {
    const commit = pinned ?? (await readRef(places, id.revision));
    const found = commit === null ? null : await cachedModel(places.snapshot(commit), id, want);
    if (commit === null || found === null) throw cause ?? notInCache(id, options, reason);
    options.onProgress?.({ kind: 'from-cache', commit, reason });
    return fetched(found.path, commit);
  };

  if (pinned !== null) {
    const there = await cachedModel(places.snapshot(pinned), id, want);
    if (there?.isWhole) return fetched(there.path, pinned);
  }
  if (offline) return fromCache('HF_HUB_OFFLINE is set');
  const client = new HubClient(id, options, signal);
  let commit: string;
  try {
    commit = pinned ?? (await client.commit());
  } catch (error) {
    if (!(TilewrightError.isInstance(error) && error.details.unreachable === true)) throw error;
    return fromCache(error.message, error);
  }
  const there = await cachedModel(places.snapshot(commit), id, want);
  const path = there?.isWhole ? there.path : await download(client, id, commit, places, options);
  // The branch is recorded last: it never stands for a commit that is not there.
  if (pinned === null) await writeAtomic(places.ref(id.revision), commit);
  return fetched(path, commit);
}

async function download(
  client: HubClient,
  id: ModelId,
  commit: string,
  places: CacheLayout,
  { want = 'model', signal, onProgress }: FetchModelOptions,
): Promise<string> {
  const files = new Map((await client.files(commit)).map((file) => [file.path, file]));
  const queue = [...neededFiles([...files.keys()], id, want)];
  // The index says which shards there are, so it comes before them.
  queue.sort((a, b) => Number(b === INDEX) - Number(a === INDEX));
  const snapshot = places.snapshot(commit);
  for (let done = 0; done < queue.length; done++) {
    const path = queue[done];
    const file = requireFile(files, path, id);
    await downloadIntoCache(
      client,
      file,
      commit,
      { blob: places.blob(file.digest), entry: join(snapshot, path) },
      {
        signal,
        onBytes: (receivedBytes) =>
          onProgress?.({ kind: 'file', path, receivedBytes, totalBytes: file.bytes, done, files: queue.length }),
      },
    );
    if (path === INDEX) queue.push(...(await shardsOf(join(snapshot, INDEX))));
  }
  const [first] = queue;
  return queue.length === 1 && first.endsWith('.gguf') ? join(snapshot, first) : snapshot;
}

function requireFile(files: ReadonlyMap<string, HubFile>, path: string, id: ModelId): HubFile {
  const file = files.get(path);
  if (file !== undefined) return file;
  throw new TilewrightError(
    'file-missing',
    `${formatModelId(id)} lists ${path} and does not have it.`,
    'Use another revision.',
    {
      file: path,
    },
  );
}

async function readRef(places: CacheLayout, revision: string): Promise<string | null> {
  const text = await readFile(places.ref(revision), 'utf8').catch(() => '');
  const commit = text.trim();
  return COMMIT.test(commit) ? commit : null;
}

function notInCache(id: ModelId, { cacheDirectory }: HubSettings, reason: string): TilewrightError {
  const shown = formatModelId(id);
  return new TilewrightError(
    'download-failed',
    `${shown} is not in the cache (${cacheDirectory}), and may not be fetched: ${reason}.`,
    'Run once with a connection, or give the directory of a model that is here.',
    { field: 'model', got: shown, cacheDirectory },
  );
}

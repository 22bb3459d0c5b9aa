import { join } from 'node:path';
import type { ModelId } from './model-id.ts';

/** The places of one model in the cache, as huggingface_hub has them. */
export interface CacheLayout {
  /** Holds the commit that a branch or tag stood for when it was last asked. */
  readonly ref: (revision: string) => string;
  /** The files of a commit, under their own names: links to the blobs. */
  readonly snapshot: (commit: string) => string;
  /** A file's content by its digest. */
  readonly blob: (digest: string) => string;
}

export function cacheLayout(cacheDirectory: string, { name }: ModelId): CacheLayout {
  const directory = join(cacheDirectory, `models--${name.replace('/', '--')}`);
  return {
    ref: (revision) => join(directory, 'refs', revision),
    snapshot: (commit) => join(directory, 'snapshots', commit),
    blob: (digest) => join(directory, 'blobs', digest),
  };
}

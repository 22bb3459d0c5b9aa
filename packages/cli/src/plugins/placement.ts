import { join } from 'node:path';
import { textOf } from '../files/text-of.ts';
import type { GeneratedFile } from './generated-file.ts';
import { type GenerationRecord, readRecord, textDigest } from './generation-record.ts';

/** What has to be done for a directory to hold these files; paths are within it. */
export interface Placement {
  readonly root: string;
  readonly files: readonly GeneratedFile[];
  readonly before: GenerationRecord;
  readonly created: readonly string[];
  readonly replaced: readonly string[];
  readonly unchanged: readonly string[];
  /** Generated once, and no longer part of it. */
  readonly removed: readonly string[];
  /** Of those that would be replaced or removed: what we did not write. */
  readonly foreign: readonly string[];
}

/**
 * Looks at every file, and touches none. Throws `file-malformed` for a record, `file-unwritable` for what is in the
 * way.
 */
export async function planPlacement(root: string, files: readonly GeneratedFile[]): Promise<Placement> {
  const before = await readRecord(root);
  const [created, replaced, unchanged, removed, foreign]: [string[], string[], string[], string[], string[]] = [
    [],
    [],
    [],
    [],
    [],
  ];
  const isForeign = (path: string, text: string): boolean => !(before[path] ?? []).includes(textDigest(text));
  for (const { path, text } of files) {
    const present = await textOf(join(root, path));
    if (present === null) created.push(path);
    else if (present === text) unchanged.push(path);
    else {
      replaced.push(path);
      if (isForeign(path, present)) foreign.push(path);
    }
  }
  const paths = new Set(files.map(({ path }) => path));
  for (const path of Object.keys(before).filter((one) => !paths.has(one))) {
    const present = await textOf(join(root, path));
    if (present === null) continue;
    removed.push(path);
    if (isForeign(path, present)) foreign.push(path);
  }
  return { root, files, before, created, replaced, unchanged, removed, foreign };
}

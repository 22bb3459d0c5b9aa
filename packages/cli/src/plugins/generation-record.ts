import { createHash } from 'node:crypto';
import { isAbsolute, join, posix } from 'node:path';
import { TilewrightError } from '@tilewright/spec';
import { z } from 'zod';
import { textOf } from '../files/text-of.ts';
import type { GeneratedFile } from './generated-file.ts';

/** Lies beside what was generated, and says what that was. */
export const RECORD_FILE = '.tilewright-generated.json';

/** For each path the SHA-256 of every text that we wrote there, or were about to write. */
export type GenerationRecord = Readonly<Record<string, readonly string[]>>;

/** A path that leads out of the directory would let a record choose what is removed. */
const within = z
  .string()
  .refine((path) => path !== '' && !isAbsolute(path) && !path.includes('\\') && posix.normalize(path) === path)
  .refine((path) => path !== '..' && !path.startsWith('../'));

const schema: z.ZodType<{ readonly files: GenerationRecord }> = z.object({
  specificationVersion: z.literal('v1'),
  files: z.record(within, z.array(z.string().regex(/^[0-9a-f]{64}$/))),
});

export function textDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Of files as they are now, and of those of an earlier record that may still be there. */
export function recordFile(files: readonly GeneratedFile[], before: GenerationRecord = {}): GeneratedFile {
  const digests = new Map(Object.entries(before).map(([path, known]) => [path, new Set(known)]));
  for (const { path, text } of files) digests.set(path, new Set([...(digests.get(path) ?? []), textDigest(text)]));
  const paths = [...digests].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, known]) => [path, [...known]]);
  const content = { specificationVersion: 'v1', generator: 'tilewright plugins', files: Object.fromEntries(paths) };
  return { path: RECORD_FILE, text: `${JSON.stringify(content, null, 2)}\n` };
}

/** The record in a directory; empty if there is none. Throws `file-malformed`. */
export async function readRecord(root: string): Promise<GenerationRecord> {
  const file = join(root, RECORD_FILE);
  const text = await textOf(file);
  if (text === null) return {};
  try {
    return schema.parse(JSON.parse(text)).files;
  } catch (error) {
    throw new TilewrightError(
      'file-malformed',
      `${file} is not a record of what was generated here.`,
      'Remove it; with --force, files that differ are then replaced.',
      { file },
      { cause: error },
    );
  }
}

import { readFile } from 'node:fs/promises';
import { TilewrightError, type TranscriptEntry } from '@tilewright/spec';
import { transcriptEntrySchema } from '@tilewright/spec/schemas';

/**
 * The entries of a `transcript.jsonl`, oldest first. A last line without its line break was cut off by an interruption and
 * does not count. Throws `file-missing`, and `file-malformed` with file and line.
 */
export async function readTranscript(file: string): Promise<readonly TranscriptEntry[]> {
  const entries = await readTranscriptIfAny(file);
  if (entries !== null) return entries;
  throw new TilewrightError(
    'file-missing',
    `There is no transcript ${file}.`,
    'Name the transcript.jsonl in the directory of a deployment.',
    { file },
  );
}

/** As `readTranscript`; null where there is none. */
export async function readTranscriptIfAny(file: string): Promise<readonly TranscriptEntry[] | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new TilewrightError(
      'file-malformed',
      `The transcript ${file} cannot be read: ${(error as Error).message}.`,
      'Name the transcript.jsonl in the directory of a deployment.',
      { file },
      { cause: error },
    );
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, index) => readEntry(line, file, index + 1));
}

function readEntry(line: string, file: string, number: number): TranscriptEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw malformed(file, number, 'is not JSON', error);
  }
  const parsed = transcriptEntrySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw malformed(
    file,
    number,
    `has an unusable ${issue?.path.join('.') || 'content'}: ${issue?.message}`,
    parsed.error,
  );
}

function malformed(file: string, line: number, reason: string, cause: unknown): TilewrightError {
  return new TilewrightError(
    'file-malformed',
    `Line ${line} of the transcript ${file} ${reason}.`,
    'Restore the transcript as it was written; it is not made to be edited.',
    { file, line },
    { cause },
  );
}

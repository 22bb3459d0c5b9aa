import { access, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { TilewrightError } from '@tilewright/spec';
import { type GatedRows, gatedRows } from './gated-rows.ts';
import { type PublishedRecord, publishedRecords } from './published-record.ts';

export interface FidelityInput {
  readonly rowsFile: string;
  readonly gatedFile: string | null;
  readonly records: readonly PublishedRecord[];
  readonly gated: GatedRows;
}

/**
 * Reads the rows and the list of those that count: the given one, or gated.json beside the rows, or
 * none. Throws `file-missing`, `file-malformed`.
 */
export async function readFidelityInput(
  cwd: string,
  { rows, gated }: { readonly rows: string; readonly gated?: string },
): Promise<FidelityInput> {
  const rowsFile = resolve(cwd, rows);
  const beside = join(dirname(rowsFile), 'gated.json');
  const gatedFile = gated !== undefined ? resolve(cwd, gated) : (await exists(beside)) ? beside : null;
  return {
    rowsFile,
    gatedFile,
    records: publishedRecords(await readJson(rowsFile), rowsFile),
    gated: gatedFile === null ? gatedRows({}, '') : gatedRows(await readJson(gatedFile), gatedFile),
  };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new TilewrightError(
      'file-missing',
      `${file} cannot be read.`,
      'Give a file that is there.',
      { file },
      { cause },
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TilewrightError('file-malformed', `${file} is not JSON.`, 'Give a JSON file.', { file }, { cause });
  }
}

import { readFile } from 'node:fs/promises';
import { TilewrightError } from '@tilewright/spec';
import { fileError } from './file-error.ts';

/** Reads a file that must hold one JSON object. Throws `file-missing` or `file-malformed`. */
export async function readJsonObject(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, file);
  }
  return parseJsonObject(text, file);
}

/** Parses text that must be one JSON object; `file` is for the message. Throws `file-malformed`. */
export function parseJsonObject(text: string, file: string, part = 'The file'): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TilewrightError(
      'file-malformed',
      `${part} is not valid JSON: ${(error as Error).message} (${file})`,
      'Download or write the file again; it may be cut short or edited by hand.',
      { file },
      { cause: error },
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
    throw new TilewrightError(
      'file-malformed',
      `${part} holds ${got} where a JSON object was expected (${file})`,
      'Download or write the file again.',
      { file, expected: 'an object', got },
    );
  }
  return value as Record<string, unknown>;
}

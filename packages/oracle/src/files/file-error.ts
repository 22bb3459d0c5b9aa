import { TilewrightError } from '@tilewright/spec';

/** Turns what the file system said about `file` into an error of ours; passes errors of ours through. */
export function fileError(error: unknown, file: string): TilewrightError {
  if (TilewrightError.isInstance(error)) return error;
  const reason = error as { code?: unknown; message?: unknown } | null;
  const code = reason?.code;
  if (typeof code !== 'string') {
    return new TilewrightError(
      'internal',
      `${file} could not be read: ${String(reason?.message)}`,
      'Report this as a bug.',
      { file },
      { cause: error },
    );
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new TilewrightError(
      'file-missing',
      `${file} does not exist.`,
      'Check the path.',
      { file },
      { cause: error },
    );
  }
  if (code === 'EISDIR') {
    return new TilewrightError(
      'file-malformed',
      `${file} is a directory where a file was expected.`,
      'Check the path.',
      { file },
      { cause: error },
    );
  }
  return new TilewrightError(
    'file-missing',
    `${file} cannot be read (${code}).`,
    'Check that the file exists and that you may read it.',
    { file, reason: code },
    { cause: error },
  );
}

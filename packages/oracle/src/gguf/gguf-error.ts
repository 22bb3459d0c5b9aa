import { TilewrightError } from '@tilewright/spec';

/** The file breaks the rules of the format: `file-malformed`, with file and what in it. */
export function malformedGguf(
  file: string,
  what: string,
  details: Record<string, unknown> = {},
  cause?: unknown,
): TilewrightError {
  return new TilewrightError(
    'file-malformed',
    `${file} is not a sound GGUF file: ${what}.`,
    'Download the file again, or convert the model again.',
    { file, ...details },
    { cause },
  );
}

/** The file ends too early: `file-truncated`. */
export function truncatedGguf(file: string, what: string, expectedBytes: number, gotBytes: number): TilewrightError {
  return new TilewrightError(
    'file-truncated',
    `${file} ends within ${what}: ${expectedBytes} bytes are needed and there are ${gotBytes}.`,
    'Download the file again; it is cut short.',
    { file, field: what, expected: expectedBytes, got: gotBytes },
  );
}

/** The file says something that some model has and that Tilewright does not compute: `feature-unsupported`. */
export function unsupportedInGguf(file: string, field: string, feature: string, remedy: string): TilewrightError {
  return new TilewrightError('feature-unsupported', `${feature} (${field} in ${file}) is not supported.`, remedy, {
    file,
    field,
    got: feature,
  });
}

import { TilewrightError } from '@tilewright/spec';

/** A value that no model can have: `config-invalid`, with file and field. */
export function invalidConfig(file: string, field: string, expected: string, got: unknown): TilewrightError {
  const shown = show(got);
  return new TilewrightError(
    'config-invalid',
    `${field} in ${file} must be ${expected}, and is ${shown}.`,
    `Correct ${field}, or download the configuration again.`,
    { file, field, expected, got: shown },
  );
}

/** A value that some model has and that Tilewright does not compute: `feature-unsupported`, by name. */
export function unsupportedFeature(file: string, field: string, feature: string, remedy: string): TilewrightError {
  return new TilewrightError('feature-unsupported', `${feature} (${field} in ${file}) is not supported.`, remedy, {
    file,
    field,
    got: feature,
  });
}

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

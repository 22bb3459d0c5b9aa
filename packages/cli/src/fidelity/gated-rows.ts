import { TilewrightError } from '@tilewright/spec';

/** The rows by which the simulator is judged, in the form of facts/gated.json. */
export interface GatedRows {
  /** Rows whose latency counts. */
  readonly latency: ReadonlySet<string>;
  /** Failures that are specified and undisputed. */
  readonly failures: ReadonlySet<string>;
  /** Rows that must not be rejected. */
  readonly passing: ReadonlySet<string>;
}

/** Reads such a list; each part may be a list of ids or lists by kernel. Throws `file-malformed`. */
export function gatedRows(content: unknown, file: string): GatedRows {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new TilewrightError(
      'file-malformed',
      `${file} is no list of gated rows.`,
      'Give a JSON file with latency, failures and passing, in the form of facts/gated.json.',
      { file },
    );
  }
  const part = (name: keyof GatedRows): ReadonlySet<string> =>
    new Set(ids((content as Record<string, unknown>)[name]).filter((id) => typeof id === 'string'));
  return { latency: part('latency'), failures: part('failures'), passing: part('passing') };
}

function ids(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(ids) : [];
}

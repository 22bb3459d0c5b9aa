import type { PublishedRow } from '@tilewright/kernel-registry';
import { TilewrightError } from '@tilewright/spec';

/** One record of a rows file. What is missing or of another type is absent, and says so later as a `reason`. */
export interface PublishedRecord extends PublishedRow {
  /** Whole dispatches of several launches are published with the kernels that they are made of. */
  readonly launches?: unknown;
  readonly phase?: unknown;
  readonly calls?: unknown;
}

/** Reads the content of a file in the form of facts/kernels.json. Throws `file-malformed` where it is no list. */
export function publishedRecords(content: unknown, file: string): readonly PublishedRecord[] {
  if (Array.isArray(content)) return content.map(readRecord);
  throw new TilewrightError(
    'file-malformed',
    `${file} is no list of published rows.`,
    'Give a JSON file with a list of records in the form of facts/kernels.json.',
    { file },
  );
}

function readRecord(record: unknown, index: number): PublishedRecord {
  const fields = isRecord(record) ? record : {};
  const { id, group, kernel, shape, tile, herd, latency_us, mean_rel_L1, ...others } = fields;
  return {
    ...others,
    id: typeof id === 'string' ? id : `row-${index}`,
    group: typeof group === 'string' ? group : '',
    kernel: typeof kernel === 'string' ? kernel : '',
    ...(isRecord(shape) && { shape: shape as NonNullable<PublishedRow['shape']> }),
    ...(isRecord(tile) && { tile }),
    ...(Array.isArray(herd) && herd.every((side) => typeof side === 'number') && { herd }),
    ...(isPositive(latency_us) && { latency_us }),
    ...(isPositive(mean_rel_L1) && { mean_rel_L1 }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

import { type CallOptions, throwIfAborted } from '@tilewright/spec';
import { CALIBRATION_RECORD, type CalibrationRecord } from '@tilewright/target-xdna2-sim';
import { type ErrorStatistics, errorStatistics, type LatencyPair, relativeError } from './error-statistics.ts';
import { estimatedRow, type RowDiagnostic } from './estimated-row.ts';
import { type FailureAgreement, failureAgreement } from './failure-agreement.ts';
import type { GatedRows } from './gated-rows.ts';
import { type OutcomeClass, publishedClass } from './outcome-class.ts';
import type { PublishedRecord } from './published-record.ts';

/** How near the simulator's estimates are to published measurements. Latencies in µs, errors as shares. */
export interface Fidelity {
  readonly rows: readonly FidelityRow[];
  /** By the publisher's name of the kernel; rows that count only. */
  readonly kernels: Readonly<Record<string, ErrorStatistics>>;
  readonly all: ErrorStatistics;
  readonly failures: FailureAgreement;
  /** Errors of the fit behind the constants, at its own rows and at shapes that it was not shown. */
  readonly calibration: Omit<CalibrationRecord, 'constants'>;
  /** Which rows count for `kernels`: those of a list, or, where the list names none of them, every passing row. */
  readonly judgedBy: 'gated' | 'all';
}

export interface FidelityRow {
  readonly id: string;
  readonly kernel: string;
  readonly group: string;
  /** Whether the row counts: by its latency, or as a failure. */
  readonly gated: boolean;
  readonly publishedUs: number | null;
  readonly estimatedUs: number | null;
  /** |estimated / published − 1|; null for what is published as failed. */
  readonly relativeError: number | null;
  readonly publishedStatus: string | null;
  readonly estimatedStatus: OutcomeClass | null;
  readonly diagnostics: readonly RowDiagnostic[];
  /** Why there is no estimate. */
  readonly reason: string | null;
}

/** Estimates every record and compares. Never throws for what a record says; throws `aborted`. */
export function fidelityOf(
  records: readonly PublishedRecord[],
  gated: GatedRows,
  { signal }: CallOptions = {},
): Fidelity {
  const rows: FidelityRow[] = [];
  for (const record of records) {
    throwIfAborted(signal);
    rows.push(compared(record, gated));
  }
  const judgedBy = rows.some(({ id }) => gated.latency.has(id)) ? 'gated' : 'all';
  const counted = rows.filter(({ id, publishedStatus }) =>
    judgedBy === 'gated' ? gated.latency.has(id) : publishedClass(publishedStatus ?? 'PASS') === 'pass',
  );
  const kernels = [...new Set(counted.map(({ kernel }) => kernel))].sort();
  const isFailure = ({ id, publishedStatus }: FidelityRow): boolean =>
    isListed(rows, gated) ? gated.failures.has(id) : isFailed(publishedStatus);
  const passes = ({ id, publishedStatus }: FidelityRow): boolean =>
    isListed(rows, gated) ? gated.passing.has(id) : publishedClass(publishedStatus) === 'pass';
  const { constants: _, ...calibration } = CALIBRATION_RECORD;
  return {
    rows,
    kernels: Object.fromEntries(
      kernels
        .map((kernel) => [kernel, latencyPairs(counted.filter((row) => row.kernel === kernel))] as const)
        .filter(([, pairs]) => pairs.length > 0)
        .map(([kernel, pairs]) => [kernel, errorStatistics(pairs)]),
    ),
    all: errorStatistics(latencyPairs(counted)),
    failures: failureAgreement(rows.filter(isFailure), rows.filter(passes)),
    calibration,
    judgedBy,
  };
}

/** Whether a list of outcomes speaks of these rows at all. */
function isListed(rows: readonly FidelityRow[], { failures, passing }: GatedRows): boolean {
  return rows.some(({ id }) => failures.has(id) || passing.has(id));
}

function compared(record: PublishedRecord, gated: GatedRows): FidelityRow {
  const { id, kernel, group, latency_us: publishedUs = null, status } = record;
  const { estimatedUs, ...estimated } = estimatedRow(record);
  // How long a failure took says nothing about how long it would take.
  const comparable = publishedUs !== null && !isFailed(status);
  return {
    id,
    kernel,
    group,
    gated: gated.latency.has(id) || gated.failures.has(id),
    publishedUs,
    estimatedUs,
    relativeError: comparable && estimatedUs !== null ? relativeError({ publishedUs, estimatedUs }) : null,
    publishedStatus: typeof status === 'string' ? status : null,
    ...estimated,
  };
}

function isFailed(status: unknown): boolean {
  return !['pass', null].includes(publishedClass(status));
}

function latencyPairs(rows: readonly FidelityRow[]): LatencyPair[] {
  return rows.flatMap(({ publishedUs, estimatedUs, publishedStatus }) =>
    publishedUs === null || estimatedUs === null || isFailed(publishedStatus) ? [] : [{ publishedUs, estimatedUs }],
  );
}

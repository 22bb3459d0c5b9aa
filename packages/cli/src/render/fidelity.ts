import type { FidelityResult } from '../commands/fidelity.ts';
import type { ErrorStatistics } from '../fidelity/error-statistics.ts';
import type { Fidelity, FidelityRow } from '../fidelity/fidelity.ts';
import { OUTCOME_CLASSES } from '../fidelity/outcome-class.ts';
import { digits, formatShare, formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { type Column, table } from '../terminal/table.ts';
import { deploymentTables } from './deployment-fidelity.ts';

const WORST_ROWS = 10;

interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

export function renderFidelity(result: FidelityResult, style: Style): string[] {
  return [
    style.bold('Estimated latency against the published measurement, relative error'),
    ...lines(errorTable(result)),
    ...note(result),
    '',
    style.bold('Largest errors'),
    ...lines(worstTable(result)),
    '',
    style.bold('What becomes of a configuration: published (rows) against ours (columns)'),
    ...lines(outcomeTable(result)),
    ...failureNote(result),
    '',
    style.bold('Mean relative L1 of the numbers, of kernels run on the simulator'),
    ...lines(numericsTable(result)),
    ...deploymentTables(result.deployments).flatMap(({ title, summary, ...each }) => [
      '',
      style.bold(title),
      ...lines(each),
      `  ${summary}`,
    ]),
  ];
}

/** The same tables as Markdown, for docs/fidelity.md. */
export function renderFidelityMarkdown(result: FidelityResult): string[] {
  return [
    ...markdown(errorTable(result)),
    '',
    ...markdown(worstTable(result)),
    '',
    ...markdown(outcomeTable(result)),
    '',
    ...failureNote(result).map((line) => line.trim()),
    '',
    ...markdown(numericsTable(result)),
    ...deploymentTables(result.deployments).flatMap(({ title, summary, ...each }) => [
      '',
      `${title}: ${summary}.`,
      '',
      ...markdown(each),
    ]),
  ];
}

function errorTable({ kernels, all, calibration: { leaveOneOut } }: Fidelity): Table {
  const row = (name: string, { count, median, p90, max, orderAgreement }: ErrorStatistics): string[] => [
    name,
    String(count),
    ...[median, p90, max, orderAgreement, leaveOneOut[name]?.median ?? null, leaveOneOut[name]?.p90 ?? null].map(share),
  ];
  return {
    columns: [
      { heading: 'kernel' },
      ...['rows', 'median', 'P90', 'largest', 'same order', 'left out: median', 'P90'].map((heading) => ({
        heading,
        align: 'right' as const,
      })),
    ],
    rows: [...Object.entries(kernels).map(([name, each]) => row(name, each)), row('all', all)],
  };
}

function worstTable(result: Fidelity): Table {
  const counted = result.rows.filter(({ gated }) => gated || result.judgedBy === 'all');
  return {
    columns: [
      { heading: 'row' },
      { heading: 'kernel' },
      { heading: 'published', align: 'right' },
      { heading: 'estimated', align: 'right' },
      { heading: 'error', align: 'right' },
    ],
    rows: counted
      .filter((row) => row.relativeError !== null)
      .sort((a, b) => (b.relativeError ?? 0) - (a.relativeError ?? 0))
      .slice(0, WORST_ROWS)
      .map((row) => [row.id, row.kernel, time(row.publishedUs), time(row.estimatedUs), share(row.relativeError)]),
  };
}

function outcomeTable({ failures }: Fidelity): Table {
  const ours = [...OUTCOME_CLASSES, 'unexpressed'] as const;
  return {
    columns: [
      { heading: 'published' },
      ...ours.map((heading) => ({ heading: heading as string, align: 'right' as const })),
    ],
    rows: OUTCOME_CLASSES.map((published) => [
      published,
      ...ours.map((estimated) => String(failures.matrix[published][estimated])),
    ]),
  };
}

function numericsTable({ numerics }: FidelityResult): Table {
  return {
    columns: [
      { heading: 'kernel' },
      { heading: 'row' },
      { heading: 'published', align: 'right' },
      { heading: 'simulated', align: 'right' },
    ],
    rows: numerics.map(({ id, kernel, method, publishedMeanRelativeL1, meanRelativeL1 }) => [
      method === null ? kernel : `${kernel} ${method}`,
      id,
      publishedMeanRelativeL1.toExponential(1),
      meanRelativeL1.toExponential(2),
    ]),
  };
}

function failureNote({ failures: { recall, falseRejections } }: Fidelity): string[] {
  return [
    `  ${recall === null ? 'No failure counts' : `${formatShare(recall)} of the failures fail as published`}; ` +
      `${falseRejections.length === 0 ? 'no passing row is rejected' : `rejected though they pass: ${falseRejections.join(', ')}`}.`,
  ];
}

function note({ rows, judgedBy, calibration }: Fidelity): string[] {
  const without = rows.filter(isUnestimated);
  return [
    `  Left out: errors at shapes that a fit was not shown (${calibration.command}, ${calibration.date}).`,
    judgedBy === 'gated' ? '' : '  The list of gated rows names none of these: every passing row counts.',
    without.length === 0
      ? ''
      : `  ${without.length} of ${rows.length} rows have no estimate; --json says why, row by row.`,
  ].filter((line) => line !== '');
}

function isUnestimated({ estimatedUs }: FidelityRow): boolean {
  return estimatedUs === null;
}

function share(value: number | null): string {
  return value === null ? '–' : formatShare(value);
}

function time(us: number | null): string {
  return us === null ? '–' : us < 1e4 ? `${digits(us)} µs` : formatUs(us);
}

function lines({ columns, rows }: Table): string[] {
  return table(columns, rows);
}

function markdown({ columns, rows }: Table): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ heading }) => heading)),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map(line),
  ];
}

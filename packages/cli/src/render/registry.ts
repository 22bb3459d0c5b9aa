import type { KernelRow, KernelSummary, RegistryResult, ShapeLookup } from '../commands/registry.ts';
import { formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { pairs, table } from '../terminal/table.ts';

/** A kernel may have a hundred rows; `--json` has them all. */
const SHOWN_ROWS = 20;

export function renderRegistry(result: RegistryResult, style: Style): string[] {
  const [only] = result.kernels;
  if (result.rows === null || only === undefined) return renderAll(result, style);
  return [
    ...renderKernel(only, style),
    ...(result.lookup === null ? renderRows(result.rows, style) : renderLookup(result.lookup, result.device, style)),
  ];
}

function renderAll({ kernels, device }: RegistryResult, style: Style): string[] {
  return [
    style.bold(`${kernels.length} kernels for ${device}`),
    '',
    ...table(
      [
        { heading: 'kernel' },
        { heading: 'shape' },
        { heading: 'published rows', align: 'right' },
        { heading: 'what it computes' },
      ],
      kernels.map(({ name, shapeNames, publishedRows, summary }) => [
        name,
        shapeNames.join(', '),
        String(publishedRows),
        summary,
      ]),
    ),
    '',
    'One of them:  tilewright registry gemm',
    'At a shape:   tilewright registry gemm --m 2048 --k 2048 --n 8192',
    'Best tiles:   tilewright registry search gemm --m 2048 --k 2048 --n 8192',
  ];
}

function renderKernel(kernel: KernelSummary, style: Style): string[] {
  return [
    style.bold(`${kernel.name} (version ${kernel.version})`),
    '',
    ...pairs([
      ['computes', kernel.summary],
      ['shape', kernel.shapeNames.join(', ')],
      ['configuration', kernel.configNames.join(', ')],
      ['datapath', kernel.datapath],
      ['published rows', String(kernel.publishedRows)],
    ]),
  ];
}

function renderRows(rows: readonly KernelRow[], style: Style): string[] {
  if (rows.length === 0) return [];
  const left = rows.length - SHOWN_ROWS;
  return [
    '',
    style.bold('Published rows, fastest first (measured by the MLIR-AIR project, not by us)'),
    ...table(
      [{ heading: 'shape' }, { heading: 'latency', align: 'right' }, { heading: 'status' }, { heading: 'row' }],
      rows
        .slice(0, SHOWN_ROWS)
        .map(({ id, shape, status, publishedLatencyUs }) => [
          Object.values(shape).join('×'),
          publishedLatencyUs === null ? '' : formatUs(publishedLatencyUs),
          status ?? '',
          id,
        ]),
    ),
    ...(left > 0 ? [`  and ${left} more; --json lists all of them`] : []),
  ];
}

function renderLookup(found: ShapeLookup, device: string, style: Style): string[] {
  const verdict = found.legal
    ? style.good(`legal on ${device}`)
    : found.limits.length > 0
      ? style.bad(`breaks ${found.limits.length} limits of ${device}`)
      : style.bad(`no configuration is legal on ${device} at this shape`);
  const same = values(found.shape) === values(found.padded);
  return [
    '',
    `At ${values(found.shape)}: ${verdict}`,
    ...pairs([
      ...(found.configuration === null ? [] : ([['configuration', values(found.configuration)]] as const)),
      ...(found.basis === null ? [] : ([['basis', basisText(found.basis)]] as const)),
      ['padding', same ? 'none' : `a plan would pad it to ${values(found.padded)}`],
      ...found.limits.map(({ limit, message }) => [limit, message] as const),
    ]),
  ];
}

function values(record: Readonly<Record<string, unknown>>): string {
  return Object.entries(record)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function basisText(basis: NonNullable<ShapeLookup['basis']>): string {
  switch (basis.kind) {
    case 'row':
      return `published row ${basis.row}`;
    case 'derived':
      return `derived: ${basis.reason}`;
    case 'edited':
      return `edited by ${basis.by}`;
  }
}

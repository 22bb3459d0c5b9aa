import type { KernelConfig } from '@tilewright/spec';
import type { RankedConfiguration, RegistrySearchResult } from '../commands/registry-search.ts';
import { formatCount, formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { pairs, table, wrapText } from '../terminal/table.ts';

export function renderRegistrySearch(result: RegistrySearchResult, style: Style): string[] {
  const { kernel, shape, paddedTo, configurations, legalConfigurations, estimatedConfigurations, lowPrecisionLeftOut } =
    result;
  const all = legalConfigurations === estimatedConfigurations;
  return [
    style.bold(`${kernel} at ${values(shape)} on ${result.device}`),
    ...(paddedTo === null ? [] : [`No configuration is legal there; padded to ${values(paddedTo)}.`]),
    all
      ? `All ${formatCount(legalConfigurations)} legal configurations estimated; none was measured by us.`
      : `${formatCount(estimatedConfigurations)} of ${formatCount(legalConfigurations)} legal configurations estimated; --limit takes more. None was measured by us.`,
    ...(lowPrecisionLeftOut === 0
      ? []
      : [`${formatCount(lowPrecisionLeftOut)} more give up accuracy for time; --any-precision takes them in.`]),
    '',
    ...table(
      [
        { heading: '#', align: 'right' },
        { heading: 'estimate', align: 'right' },
        { heading: 'published', align: 'right' },
        { heading: 'bound by' },
        { heading: 'configuration' },
      ],
      configurations.map((one) => [
        String(one.rank),
        formatUs(one.estimatedUs),
        published(one),
        one.boundBy,
        values(one.published === null ? one.config : theirNames(one.published)),
      ]),
      140,
    ),
    ...renderRows(result, style),
    ...result.excluded.flatMap(({ setting, value, reasons }) => [
      '',
      ...wrapText(`No ${setting} ${value} here: ${reasons.join('; ') || 'no tiles are legal'}.`, 100),
    ]),
  ];
}

function published({ row }: RankedConfiguration): string {
  return row?.publishedUs == null ? '' : formatUs(row.publishedUs);
}

function theirNames({
  method,
  tile,
  herd,
  output_format,
}: NonNullable<RankedConfiguration['published']>): KernelConfig {
  return {
    ...(method !== undefined && { method }),
    ...tile,
    herd: herd.join('x'),
    output_format,
  };
}

function renderRows({ publishedRows }: RegistrySearchResult, style: Style): string[] {
  if (publishedRows.length === 0) return ['', 'No row is published for this shape.'];
  return [
    '',
    style.bold('Published rows at this shape (measured by the MLIR-AIR project, not by us)'),
    ...pairs(
      publishedRows.map(({ id, publishedUs, status, config }) => [
        id,
        `${publishedUs === null ? (status ?? '') : formatUs(publishedUs)}  ${values(config)}`,
      ]),
      140,
    ),
  ];
}

function values(record: Readonly<Record<string, unknown>>): string {
  return Object.entries(record)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

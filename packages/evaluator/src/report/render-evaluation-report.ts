import type { EvaluationReport, GateFigure, GateReport } from '@tilewright/spec';

const FAILURES_SHOWN = 12;

/** The evaluation for people, as Markdown: `evaluation_report.md`. */
export function renderEvaluationReport(report: EvaluationReport): string {
  const { performance, claims, gates } = report;
  return [
    '# Evaluation',
    '',
    `**${report.verdict.toUpperCase()}**: ${report.summary}.`,
    '',
    `Judged at ${report.evaluatedAt} with the seeds ${report.seeds.join(', ')}, drawn for this evaluation.`,
    '',
    '| subject | digest |',
    '|---|---|',
    ...Object.entries(report.subjects).map(([subject, digest]) => `| ${subject} | \`${digest}\` |`),
    '',
    '## Gates',
    '',
    '| gate | verdict | comparisons | elements | seconds |',
    '|---|---|---|---|---|',
    ...gates.map(gateRow),
    '',
    ...gates.flatMap(gateDetails),
    '## Performance',
    '',
    performance.promptTokens === 0
      ? 'The plan could not be run.'
      : `${performance.timing === 'estimate' ? 'Estimated, not measured' : 'Measured'}: ` +
        `time to first token ${(performance.timeToFirstTokenUs / 1000).toFixed(2)} ms for ${performance.promptTokens} tokens, ` +
        `then ${performance.decodeTokensPerSecond.toFixed(2)} tokens per second.`,
    '',
    '## Claims',
    '',
    'Read after all of the above was settled.',
    '',
    '| claim | claimed | found | |',
    '|---|---|---|---|',
    ...claims.map(
      ({ claim, claimed, found, agrees }) =>
        `| ${cell(claim)} | ${cell(claimed)} | ${cell(found)} | ${agrees ? 'agrees' : '**differs**'} |`,
    ),
    '',
  ].join('\n');
}

function gateRow({ gate, verdict, evidence }: GateReport): string {
  const { madeComparisons, plannedComparisons, comparedElements, elapsedMs } = evidence;
  const seconds = (elapsedMs / 1000).toFixed(1);
  return `| ${gate} | ${verdict} | ${madeComparisons} of ${plannedComparisons} | ${comparedElements} | ${seconds} |`;
}

function gateDetails(report: GateReport): string[] {
  const lines = [`### ${report.gate}`, '', `${report.summary}.`, ''];
  if (report.firstDeviation !== null) {
    const { kernel, layer, section } = report.firstDeviation;
    lines.push(`First deviation: ${kernel}${layer === null ? '' : ` of layer ${layer}`}, ${section}.`, '');
  }
  if (report.figures.length > 0) {
    lines.push('| figure | value | limit |', '|---|---|---|', ...report.figures.map(figureRow), '');
  }
  const shown = report.failures.slice(0, FAILURES_SHOWN);
  lines.push(...shown.map(({ kind, subject, message }) => `- ${kind}: ${cell(subject)}: ${cell(message)}`));
  if (report.failures.length > shown.length) lines.push(`- and ${report.failures.length - shown.length} more`);
  if (shown.length > 0) lines.push('');
  return lines;
}

function figureRow({ name, value, unit, limit }: GateFigure): string {
  const bound = limit === null ? '' : `at ${limit.at} ${figure(limit.value)}`;
  return `| ${cell(name)} | ${figure(value)} ${cell(unit)} | ${bound} |`;
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

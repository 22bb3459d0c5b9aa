import type { StatusResult, StoredVerdict } from '../commands/status.ts';
import { digits, formatElapsed, formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { pairs, table } from '../terminal/table.ts';
import { agentUseLines } from './agent-use.ts';
import { gateFigures, gateFindings } from './gate-lines.ts';

const NEXT: Readonly<Record<StatusResult['status'], string>> = {
  running: 'It was stopped, or is running: deploy again to continue.',
  waiting: 'It waits for a review: deploy again with --yes to approve, or on a terminal to be asked.',
  failed: 'A phase did not pass; see below.',
  deployed: 'All phases passed; not evaluated yet: tilewright evaluate.',
  accepted: 'All phases passed, and the evaluator accepted it.',
  'not-accepted': 'All phases passed, and the evaluator did not accept it: see evaluation_report.md.',
};

export function renderStatus(result: StatusResult, style: Style): string[] {
  const { manifest, gates } = result;
  return [
    style.bold(`${result.directory}: ${result.status}`),
    NEXT[result.status],
    '',
    ...pairs([
      ['model', manifest.model.directory],
      ['target', named(manifest.target)],
      ['agent', named(manifest.agent)],
      ['seed', String(manifest.seed)],
      ['plan', result.planDigest ?? 'none yet'],
      ['updated', manifest.updatedAt],
      ...(result.evaluation === null ? [] : verdictPairs(result.evaluation)),
    ]),
    '',
    ...table(
      [{ heading: 'phase' }, { heading: 'status' }, { heading: 'time', align: 'right' }, { heading: 'gate' }],
      manifest.phases.map(({ phase, title, status, elapsedMs }) => {
        const gate = gates.find((each) => each.phase === phase);
        const elapsed = elapsedMs > 0 ? formatElapsed(elapsedMs) : '';
        return [`${phase} ${title}`, status, elapsed, gate ? gateFigures(gate) : ''];
      }),
    ),
    ...agentUseLines(manifest),
    ...gates.flatMap((gate) => (gate.verdict === 'pass' ? [] : ['', ...gateFindings(gate, style)])),
  ];
}

function verdictPairs({ verdict, summary, evaluatedAt, performance, current }: StoredVerdict): [string, string][] {
  const times = performance.timing === 'estimate' ? 'estimates' : 'measured';
  return [
    ['verdict', `${verdict}${current ? '' : ', of another plan than this one'} (${evaluatedAt}): ${summary}`],
    [
      'performance',
      `${formatUs(performance.timeToFirstTokenUs)} to the first token of ${performance.promptTokens}, ` +
        `${digits(performance.decodeTokensPerSecond)} tokens per second (${times})`,
    ],
  ];
}

function named({ id, module }: { readonly id: string; readonly module: string }): string {
  return id === module ? id : `${id} (${module})`;
}

import type { RunResult } from '../commands/run.ts';
import { printable } from '../terminal/printable.ts';
import { digits, formatCount, formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { pairs, wrapText } from '../terminal/table.ts';
import { renderSection } from './section-table.ts';

const ENDED = {
  'end-of-text': 'the model ended the text',
  'max-tokens': 'as many as were asked for',
  'context-full': 'the context is full',
} as const;

export function renderRun(result: RunResult, style: Style): string[] {
  const times = result.timing === 'estimate' ? 'estimate' : 'measured';
  const padded =
    result.prefillLength === result.promptTokens.length ? '' : `, padded to ${formatCount(result.prefillLength)}`;
  return [
    ...renderText(result, style),
    '',
    ...pairs([
      ['on', `${result.target}, ${result.model}`],
      ['prompt', `${result.promptTokens.length} tokens${padded}`],
      ['generated', `${result.tokens.length} tokens: ${ENDED[result.ended]}`],
      ...(result.sampling.seed === null
        ? []
        : ([['sampled', `temperature ${result.sampling.temperature}, seed ${result.sampling.seed}`]] as const)),
      ['time to first token', `${formatUs(result.timeToFirstTokenUs)} (${times})`],
      ['tokens per second', rate(result.decodeTokensPerSecond, times)],
    ]),
    ...(result.sections ?? []).flatMap((section) => ['', ...renderSection(section, style)]),
  ];
}

function renderText({ prompt, text, tokens }: RunResult, style: Style): string[] {
  if (prompt === null || text === null) return wrapText(`tokens: ${tokens.join(' ')}`, 100);
  return [style.dim(printable(prompt)) + printable(text)];
}

function rate(tokensPerSecond: number | null, times: string): string {
  return tokensPerSecond === null ? 'unknown: one token has no rate' : `${digits(tokensPerSecond)} (${times})`;
}

import type { DryRun } from '../commands/dry-run.ts';
import { formatCount } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { pairs } from '../terminal/table.ts';

export function renderDryRun(result: DryRun, style: Style): string[] {
  const { dispatches, prefillLength, contextLength } = result;
  return [
    style.bold(`What deploying ${result.model.name} would do; nothing is written`),
    '',
    ...pairs([
      ['model', `${formatCount(result.model.weights)} weights, all there with the right shapes`],
      ['into', result.directory],
      ['target', result.target],
      ['agent', result.agent],
      ['skills', result.skills.join(', ')],
      ['lengths', `prompts of ${formatCount(prefillLength)} tokens, a context of ${formatCount(contextLength)}`],
      [
        'naive plan',
        `${dispatches.prefill} dispatches per prefill layer, ${dispatches.decode} per decode layer, ${dispatches.head} for the head; it compiles`,
      ],
    ]),
    '',
    ...result.phases.map(({ phase, title, gate }) => `  phase ${phase}  ${title} (gate: ${gate})`),
    '  phase 7  Judge in a fresh process',
  ];
}

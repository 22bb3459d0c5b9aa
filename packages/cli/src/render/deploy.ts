import { join } from 'node:path';
import type { DeployCommandOutcome } from '../commands/deploy.ts';
import type { ReplayDifference } from '../commands/replay-outcome.ts';
import type { DeployOutcome } from '../commands/run-deployment.ts';
import type { TextBesideOracle } from '../generation/text-beside-oracle.ts';
import { printable } from '../terminal/printable.ts';
import { digits, formatFigure, formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { pairs, wrapText } from '../terminal/table.ts';
import { agentEndingLines } from './agent-use.ts';
import { verdictLines } from './evaluate.ts';
import { gateFindings } from './gate-lines.ts';

const WIDTH = 100;

/** How to write the command again for somebody who is where the user is. */
export interface Wording {
  /** `npx tilewright` or `tilewright`. */
  readonly command: string;
  /** The directory as the user gave it. */
  readonly out: string;
  readonly model: string;
}

export function renderDeploy(outcome: DeployCommandOutcome, wording: Wording, style: Style): string[] {
  return [
    ...renderEnding(outcome, wording, style),
    ...(outcome.status === 'accepted' ? ['', ...renderText(outcome, style)] : []),
    ...agentEndingLines(outcome.agentUse),
    ...renderReplay(outcome.replay),
    '',
    ...wrapText(`Files in ${wording.out}: ${outcome.files.join(', ')}`, WIDTH),
    ...renderNext(outcome, wording, style),
  ];
}

function renderEnding(outcome: DeployOutcome, { command, out, model }: Wording, style: Style): string[] {
  if (outcome.evaluation !== null) return verdictLines(outcome.evaluation, style);
  const reason = wrapText(printable(outcome.reason ?? ''), WIDTH - 2).map((line) => `  ${line}`);
  if (outcome.status === 'waiting') {
    return [
      style.caution('Waiting for a human.'),
      ...reason,
      `  To approve it and go on to the next checkpoint: ${command} approve ${out}`,
      `  To send it back, or to end it: ${command} redirect ${out} "…", ${command} reject ${out}`,
      `  To approve whatever passes its gate: ${command} deploy ${model} --out ${out} --yes`,
    ];
  }
  return [
    style.bad('The deployment did not get through its phases.'),
    ...reason,
    ...outcome.gates.flatMap((gate) => gateFindings(gate, style)),
  ];
}

/** Whether a replay came to what its transcript came to. */
function renderReplay(replay: DeployCommandOutcome['replay']): string[] {
  if (replay === null) return [];
  const { transcript, recordedPlan, samePlan, firstDifference } = replay;
  if (recordedPlan === null)
    return ['', ...wrapText(`No phase ends in ${transcript}: there is no plan to compare.`, WIDTH)];
  const where =
    firstDifference === null
      ? ''
      : `${samePlan ? ' On the way it differed' : ' It first differed'} ${differenceWords(firstDifference)}.`;
  const told = samePlan ? 'The plan is that of the transcript' : 'The plan is not that of the transcript';
  return ['', ...wrapText(`${told}, ${recordedPlan}.${where}`, WIDTH)];
}

function differenceWords({ phase, decision }: ReplayDifference): string {
  return decision === null
    ? `at the end of phase ${phase}`
    : `in phase ${phase}, at decision ${decision}: it is about another plan`;
}

function renderText({ text, prefillLength }: DeployOutcome, style: Style): string[] {
  if (text === null) return ['No text to show: the model has no tokenizer.'];
  const { prompt, deployed } = text;
  const estimated = deployed.timing === 'estimate' ? 'estimate' : 'measured';
  const rate = deployed.decodeTokensPerSecond;
  return [
    style.bold('Text by the deployed model (prompt first, likeliest tokens):'),
    ...printable(`${prompt}${deployed.text}`)
      .split('\n')
      .map((line) => `  ${line}`.trimEnd()),
    '',
    ...wrapText(comparison(text), WIDTH),
    '',
    ...pairs([
      [
        'time to first token',
        `${formatUs(deployed.timeToFirstTokenUs)} (${estimated}; prompts are padded to ${prefillLength} tokens)`,
      ],
      ['tokens per second', rate === null ? 'unknown: one token has no rate' : `${digits(rate)} (${estimated})`],
    ]),
  ];
}

function comparison({ deployed, firstDifference }: TextBesideOracle): string {
  const count = deployed.tokens.length;
  if (firstDifference === null) return `The oracle continues with the same ${count} tokens.`;
  const { index, oursText, oracleText, margin } = firstDifference;
  return (
    `The oracle continues with the same tokens up to number ${index + 1} of ${count}: there it takes ` +
    `${JSON.stringify(oracleText)} and the deployment ${JSON.stringify(oursText)}. The oracle prefers its own by ` +
    `${formatFigure(margin)} in the logits.`
  );
}

function renderNext({ status, text }: DeployOutcome, { command, out }: Wording, style: Style): string[] {
  if (status !== 'accepted') return [];
  const prompt = text === null ? '--tokens 1 2 3' : '--prompt "JULIET:" --temperature 0.8 --seed 1';
  return [
    '',
    style.bold('Next:'),
    `  ${command} run ${out} ${prompt}`,
    `  ${command} status ${out}`,
    `  ${command} report ${out}`,
    `  less ${join(out, 'evaluation_report.md')}`,
  ];
}

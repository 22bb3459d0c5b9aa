import { formatCost } from '@tilewright/phases';
import { totalTokens } from '@tilewright/spec';
import type { CompareResult } from '../commands/compare.ts';
import type { ArmPlan, ArmResult } from '../comparison/arm.ts';
import type { EvalResult, SkillEffect } from '../skills/eval-skill.ts';
import { printable } from '../terminal/printable.ts';
import { formatCount, formatElapsed, formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { pairs, table } from '../terminal/table.ts';

export function renderComparison({ model, target, seed, agents }: CompareResult, style: Style): string[] {
  return [
    style.bold(`${model} on ${target.device}, seed ${seed}: ${agents.length} agents under equal terms`),
    '',
    ...armTable('agent', agents),
    ...notes(agents),
  ];
}

export function renderEvaluation({ skill, agent, target, models }: EvalResult, style: Style): string[] {
  return [
    style.bold(`${skill.id} (${skill.kind}) on ${target.device}, by the agent ${agent}`),
    ...models.flatMap(({ model, without, with: withIt, effect }) => [
      '',
      style.bold(model),
      ...armTable('skills', [
        { ...without, name: 'without it' },
        { ...withIt, name: 'with it' },
      ]),
      ...pairs([['effect', effectLine(effect)]]),
      ...notes([without, withIt]),
    ]),
  ];
}

function armTable(heading: string, arms: readonly ArmResult[]): string[] {
  return table(
    [
      { heading },
      { heading: 'first token', align: 'right' },
      { heading: 'token', align: 'right' },
      { heading: 'dispatches', align: 'right' },
      { heading: 'attempts', align: 'right' },
      { heading: 'failures', align: 'right' },
      { heading: 'cost', align: 'right' },
      { heading: 'time', align: 'right' },
      { heading: arms.some(({ verdict }) => verdict !== null) ? 'verdict' : 'status' },
    ],
    arms.map(({ name, time, plan, attempts, failures, usage, elapsedMs, verdict, status }) => [
      name,
      time === null ? '' : formatUs(time.timeToFirstTokenUs),
      time === null ? '' : formatUs(time.tokenUs),
      plan === null ? '' : dispatchText(plan),
      `${attempts.kept} of ${attempts.made}`,
      String(failures),
      costText(usage),
      formatElapsed(elapsedMs),
      verdict ?? status,
    ]),
  );
}

/** Of a prefill and of a token, the head counted in both. */
function dispatchText({ dispatches: { prefill, decode, head } }: ArmPlan): string {
  return `${prefill + head} + ${decode + head}`;
}

function costText(usage: ArmResult['usage']): string {
  if (usage.requests === 0) return 'none';
  return usage.costUsd === null ? `${formatCount(totalTokens(usage))} tokens` : formatCost(usage.costUsd);
}

function effectLine({ timeToFirstToken, token, attempts, failures, proposed, kept }: SkillEffect): string {
  const times = [
    ...(timeToFirstToken === null ? [] : [`first token ${change(timeToFirstToken)}`]),
    ...(token === null ? [] : [`token ${change(token)}`]),
  ];
  return [
    `it proposed ${proposed} of the attempts, ${kept} of which ${kept === 1 ? 'was' : 'were'} kept`,
    ...times,
    `attempts ${signed(attempts)}`,
    `failures ${signed(failures)}`,
  ].join('; ');
}

function change(share: number): string {
  const percent = (100 * Math.abs(share)).toFixed(1);
  return percent === '0.0' ? 'as before' : `${share < 0 ? '−' : '+'}${percent} %`;
}

function signed(count: number): string {
  return count === 0 ? 'as before' : `${count < 0 ? '−' : '+'}${Math.abs(count)}`;
}

/** What does not fit into a row. */
function notes(arms: readonly ArmResult[]): string[] {
  const entries = arms.flatMap(({ name, plan, reason, limits, directory, time }) => [
    ...(plan === null ? [] : ([[name, `plan ${plan.digest}`]] as const)),
    ...(reason === null ? [] : ([[name, `stopped: ${printable(reason)}`]] as const)),
    ...limits.map((limit) => [name, printable(limit)] as const),
    ...(directory === null ? [] : ([[name, directory]] as const)),
    ...(time?.timing === 'measurement' ? ([[name, 'its times are measurements']] as const) : []),
  ]);
  const isEstimated = arms.some(({ time }) => time?.timing === 'estimate');
  return [
    ...(isEstimated ? ['  Times to the first token and of a token are estimates.'] : []),
    ...(entries.length === 0 ? [] : ['', ...pairs(entries)]),
  ];
}

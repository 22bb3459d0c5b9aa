import type { BudgetLimits, Failure, Observation, SkillText } from '@tilewright/spec';
import { rejectedBefore } from '../edits/same-edits.ts';
import { cleanName, cleanText } from '../text/clean-text.ts';
import { nameList } from '../text/fitted.ts';
import { guardText } from '../text/guard-text.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';

export interface DescribeOptions {
  /** Names and descriptions of the skills: for the first observation of a conversation. */
  readonly skills?: readonly SkillText[];
  /** What is left of the budget. */
  readonly remaining?: BudgetLimits;
}

const TITLES: Readonly<Record<number, string>> = {
  1: 'validate every kernel',
  2: 'validate each block',
  3: 'validate the whole model',
  4: 'optimise prefill (time to first token)',
  5: 'optimise decode (time of one token)',
};

/** Steps that are shown; an agent that asks for nothing has seen the ones before. */
const SHOWN_STEPS = 12;
const SHOWN_PROPOSALS = 8;

/** An observation as the text of a turn: short, with the names that the looks take, and what is from outside as data. */
export function describeObservation(observation: Observation, options: DescribeOptions = {}): string {
  const { situation, attempt, steps, instruction } = observation;
  const lines = [
    `Phase ${situation.phase}: ${TITLES[situation.phase] ?? 'no agent is needed'}. Decision ${attempt + 1} of this phase.`,
    planLine(observation),
    ...(steps.length === 0 ? [] : [`What happened since you decided last:\n${stepsText(steps)}`]),
    ...(instruction === null ? [] : [`The reviewer asks: ${cleanText(instruction).slice(0, 4000)}`]),
    failureLine(situation.failure, observation),
    ...proposalLines(observation),
    ...historyLines(observation),
    ...(options.remaining ? [remainingLine(options.remaining)] : []),
    ...(options.skills ? skillLines(options.skills) : []),
    'Look as far as you need to, then decide with exactly one tool.',
  ];
  return guardText(lines.filter((line) => line !== '').join('\n'));
}

function planLine({ situation: { plan, device } }: Observation): string {
  const { family, layers, hiddenSize, heads, keyValueHeads, vocabularySize } = plan.model;
  const dispatches = (['prefill', 'decode', 'head'] as const).map((name) => {
    const { once, layer } = plan.sections[name];
    const count = (steps: typeof once): number => steps.filter(({ kind }) => kind === 'dispatch').length;
    return `${name} ${count(layer) === 0 ? count(once) : `${count(layer)} per layer${count(once) > 0 ? ` and ${count(once)}` : ''}`}`;
  });
  return (
    `Model: ${cleanName(family, 40)}, ${layers} layers, hidden ${hiddenSize}, ${heads} heads (${keyValueHeads} for keys and ` +
    `values), vocabulary ${vocabularySize}. Device ${cleanName(device.id, 60)}, prefill ${plan.prefillLength}, context ` +
    `${plan.contextLength}. Dispatches: ${dispatches.join(', ')}.`
  );
}

function stepsText(steps: readonly string[]): string {
  const shown = steps.slice(-SHOWN_STEPS).map((step) => `- ${cleanName(step, 400)}`);
  const earlier = steps.length - shown.length;
  return quoteUntrusted(
    'log of the deployment',
    [...(earlier > 0 ? [`(${earlier} earlier)`] : []), ...shown].join('\n'),
    6000,
  );
}

function failureLine(failure: Failure | null, { findings, reports, situation }: Observation): string {
  const cures =
    findings.length === 0
      ? ''
      : ` Debug skills have ${findings.length} finding${findings.length === 1 ? '' : 's'} (show_failure).`;
  switch (failure?.kind) {
    case undefined: {
      if (cures !== '') return `The plan that stands has no known failure.${cures}`;
      const hasRun = situation.phase >= 4 || reports.length > 0;
      return hasRun ? 'The plan that stands has no known failure.' : 'The gate has not run in this phase.';
    }
    case 'gate': {
      const { gate, verdict, summary, firstDeviation } = failure.report;
      const where =
        firstDeviation === null
          ? ''
          : ` First outside its tolerance: ${cleanName(firstDeviation.kernel)}${firstDeviation.layer === null ? '' : ` in layer ${firstDeviation.layer}`} (${cleanName(firstDeviation.section)}).`;
      return `The gate says ${verdict}: ${quoteUntrusted(`gate ${gate}`, summary, 600)}${where}${cures}`;
    }
    case 'compile': {
      const codes = [...new Set(failure.diagnostics.map(({ code }) => cleanName(code, 60)))];
      return `The plan does not compile: ${failure.diagnostics.length} diagnostics (${nameList(codes)}).${cures}`;
    }
    case 'runtime':
      return `The dispatch ${cleanName(failure.dispatch)} went wrong while it ran: ${cleanName(failure.fault, 60)}.${cures}`;
  }
}

function proposalLines(observation: Observation): string[] {
  const { proposals } = observation;
  if (proposals.length === 0) return ['No skill proposes anything on this plan.'];
  const open = proposals.filter(({ edits }) => rejectedBefore(observation, edits) === null);
  const sorted = [...open].sort((a, b) => (b.expectedGainUs ?? 0) - (a.expectedGainUs ?? 0));
  const shown = sorted.slice(0, SHOWN_PROPOSALS).map(({ id, expectedGainUs }) => {
    const gain = expectedGainUs === null ? '' : `, expects −${expectedGainUs.toFixed(1)} µs`;
    return `- ${cleanName(id)}${gain}`;
  });
  const more = open.length - shown.length;
  const rejected = proposals.length - open.length;
  return [
    `Proposals: ${open.length}${rejected > 0 ? `, and ${rejected} that were rejected on this plan` : ''}.`,
    ...shown,
    ...(more > 0 ? [`- and ${more} more (list_proposals)`] : []),
  ];
}

function historyLines({ attempts, lessons, situation: { phase } }: Observation): string[] {
  const ours = attempts.filter((one) => one.phase === phase);
  const kept = ours.filter((one) => one.kept).length;
  return [
    ...(ours.length > 0 ? [`Attempts in this phase: ${ours.length}, kept ${kept} (show_attempts).`] : []),
    ...(lessons.length > 0 ? [`Lessons of earlier deployments: ${lessons.length} (list_lessons).`] : []),
  ];
}

function remainingLine({ tokens, costUsd, attempts, wallMs }: BudgetLimits): string {
  const parts = [
    ...(attempts === undefined ? [] : [`${attempts} attempts`]),
    ...(tokens === undefined ? [] : [`${tokens} tokens`]),
    ...(costUsd === undefined ? [] : [`$${costUsd.toFixed(2)}`]),
    ...(wallMs === undefined ? [] : [`${Math.round(wallMs / 1000)} s`]),
  ];
  return parts.length === 0 ? '' : `Left of the budget: ${parts.join(', ')}.`;
}

function skillLines(skills: readonly SkillText[]): string[] {
  if (skills.length === 0) return ['There are no skills.'];
  const shown = skills.slice(0, 30).map(({ id, kind, description }) => {
    return `- ${cleanName(id)} (${kind}): ${quoteUntrusted(`skill ${id}`, description, 600)}`;
  });
  return [
    'Skills (read_skill has the whole text):',
    ...shown,
    ...(skills.length > 30 ? [`and ${skills.length - 30} more (list_skills)`] : []),
  ];
}

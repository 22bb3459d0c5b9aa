import type { PlanEdit } from '@tilewright/spec';
import { formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { pairs, table } from '../terminal/table.ts';
import type { InstalledSkills } from './install-skills.ts';
import type { LintResult } from './lint-skill.ts';
import type { SkillList } from './list-skills.ts';
import type { NewSkill } from './new-skill.ts';
import type { TriedMatch, TryResult } from './try-skill.ts';

const WIDTH = 100;
/** A proposal may have one edit per weight; `--json` has them all. */
const SHOWN_EDITS = 6;

export function renderSkillList({ skills }: SkillList, style: Style): string[] {
  return [
    style.bold(`${skills.length} skills`),
    '',
    ...table(
      [{ heading: 'skill' }, { heading: 'kind' }, { heading: 'what it does, and when' }],
      skills.map(({ name, kind, description, origin, where }) => [
        name,
        kind,
        origin === 'user' ? `${description ?? ''} (${where})` : (description ?? ''),
      ]),
      120,
    ),
    '',
    'For a coding agent:  tilewright skills install DIR',
    'One of your own:     tilewright skills new NAME',
  ];
}

export function renderInstalled({ directory, skills, created, replaced, unchanged }: InstalledSkills): string[] {
  return [
    `${skills.length} skills in ${directory}, for Claude Code (.claude/skills) and for Codex and others (.agents/skills).`,
    `${created.length} files created, ${replaced.length} replaced, ${unchanged.length} were there.`,
  ];
}

export function renderNew({ name, directory, files }: NewSkill): string[] {
  return [
    `${directory}`,
    ...files.map((file) => `  ${file}`),
    '',
    `Next:  cd ${name} && npm install && npm test`,
    `Then:  tilewright skills try ${name} --plan DEPLOYMENT/plan.json`,
  ];
}

export function renderLint({ directory, valid, document, code }: LintResult, style: Style): string[] {
  const lines = document.map(({ rule, of, message }) => [`SKILL.md ${rule}`, `${message} (${of})`] as const);
  const faults = code?.faults.map((fault) => ['code', fault] as const) ?? [];
  const ran = code === null ? 'a document without code' : `${code.cases} conformance cases run`;
  return [
    valid ? style.good(`${directory}: valid; ${ran}`) : style.bad(`${directory}: not valid; ${ran}`),
    ...pairs([...lines, ...faults], WIDTH),
  ];
}

export function renderTry({ skill, plan, target, failure, phases }: TryResult, style: Style): string[] {
  return [
    style.bold(`${skill.id} (${skill.kind}) on ${plan.file}`),
    `Times are estimates for ${target.device}. Nothing is changed.`,
    ...(failure === null ? [] : [style.bad(failure)]),
    ...phases.flatMap(({ phase, beforeUs, matches }) => [
      '',
      style.bold(`Phase ${phase}${beforeUs === null ? '' : `: ${what(phase)} takes ${formatUs(beforeUs)}`}`),
      ...(matches.length === 0 ? ['  It finds nothing.'] : matches.flatMap((match) => renderMatch(match, style))),
    ]),
  ];
}

function what(phase: number): string {
  return phase === 4 ? 'a prefill with its first token' : 'one decoded token';
}

function renderMatch(match: TriedMatch, style: Style): string[] {
  const { subject, evidence, summary, safety, edits, problem } = match;
  const left = edits.length - SHOWN_EDITS;
  return [
    '',
    `  ${style.bold(subject)}`,
    ...pairs(
      [
        ...evidence.map((line) => ['evidence', line] as const),
        ['what', summary],
        ...(safety === null ? [] : ([['safe because', safety]] as const)),
        ...edits.slice(0, SHOWN_EDITS).map((edit) => ['edit', describeEdit(edit)] as const),
        ...(left > 0 ? ([['', `and ${left} more edits; --json lists all of them`]] as const) : []),
        ['gain', gain(match)],
        ...(problem === null ? [] : ([['problem', problem]] as const)),
      ],
      WIDTH,
    ).map((line) => `  ${line}`),
  ];
}

function gain({ expectedGainUs, afterUs, estimatedGainUs }: TriedMatch): string {
  const expected =
    expectedGainUs === null ? 'none is named by the skill' : `the skill expects ${signed(expectedGainUs)}`;
  if (afterUs === null || estimatedGainUs === null) return expected;
  return `${expected}; the target estimates ${signed(estimatedGainUs)}, and ${formatUs(afterUs)} after it`;
}

function signed(us: number): string {
  return us < 0 ? `−${formatUs(-us)} (slower)` : formatUs(us);
}

/** `set-residency prefill: buffer q_proj.weight, residency device, role static` */
export function describeEdit({ kind, section, ...rest }: PlanEdit): string {
  const parts = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${kind} ${section}: ${parts.join(', ')}`;
}

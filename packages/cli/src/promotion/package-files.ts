import type { Lesson, PlanEdit, Situation } from '@tilewright/spec';
import type { EditRule } from './edit-rule.ts';
import { type Evidence, originLine, plainName } from './evidence.ts';
import { FAILURE_WORDS, failureSigns } from './failure-signs.ts';
import { ruleWords } from './rule-words.ts';
import { skillSource } from './skill-source.ts';

export interface PromotedSkill {
  readonly name: string;
  readonly rule: EditRule;
  readonly lesson: Lesson;
  readonly evidence: Evidence;
  readonly recorded: { readonly situation: Situation; readonly edits: readonly PlanEdit[] };
  readonly savedShare: number | null;
  /** Versions of our packages that it goes with. */
  readonly range: string;
}

/** The files of a promoted skill's package, by path: the shape that `skills new` makes. */
export function packageFiles(skill: PromotedSkill): Readonly<Record<string, string>> {
  const { name, rule, evidence, savedShare, recorded } = skill;
  const { failure } = recorded.situation;
  const held = evidence.held.map(heldLine);
  return {
    'package.json': manifest(skill),
    'SKILL.md': document(skill),
    'README.md': readme(skill),
    'src/index.js': skillSource({ name, rule, held, savedShare, failure }),
    'test/recorded.json': `${JSON.stringify(recorded)}\n`,
    'test/trial.js': failure === null ? TRIAL : cureText(TRIAL),
    'test/skill.test.js': failure === null ? TEST : cureText(TEST),
  };
}

/** A file about proposals, for a skill that finds causes. */
function cureText(text: string): string {
  return text
    .replaceAll('skill.propose(', 'skill.diagnose(')
    .replaceAll('optimizationSkillConformance', 'debugSkillConformance')
    .replace('once all of its proposals were taken', 'once all of its cures were taken')
    .replace(
      'doesNotApply = [finished(recorded.situation)]',
      'doesNotApply = [finished(recorded.situation), { ...recorded.situation, failure: null }]',
    );
}

/** `llama 1a2b3c4d, prefill 128, context 256, on xdna2-sim: 4.0 % of the time` */
function heldLine(lesson: Lesson): string {
  return lesson.gain === null
    ? originLine(lesson)
    : `${originLine(lesson)}: ${(100 * lesson.gain).toFixed(1)} % of the time`;
}

function manifest({ name, rule, range, recorded }: PromotedSkill): string {
  const content = {
    name,
    version: '0.1.0',
    description: `A Tilewright ${kindWord(recorded.situation)} skill. ${ruleWords(rule).summary}`,
    type: 'module',
    exports: { '.': './src/index.js', './SKILL.md': './SKILL.md' },
    files: ['src', 'SKILL.md'],
    engines: { node: '>=20.20' },
    scripts: { test: 'node --test test/skill.test.js' },
    tilewright: { trial: './test/trial.js' },
    dependencies: { '@tilewright/kernel-registry': range, '@tilewright/spec': range },
    devDependencies: { '@tilewright/testkit': range },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

const WHAT_IS_TIMED: Readonly<Record<number, string>> = { 4: 'the time to first token', 5: 'the time of a token' };

function kindWord({ failure }: Situation): string {
  return failure === null ? 'optimisation' : 'debug';
}

interface Purpose {
  readonly when: string;
  /** After where it was found: how it came to be known. */
  readonly story: string;
  readonly applies: string;
  readonly times: string;
  readonly worked: string;
}

function purposeOf({ lesson, recorded }: PromotedSkill): Purpose {
  const { failure } = recorded.situation;
  if (failure !== null) {
    const signs = failureSigns(failure).map(plainName).join(', ');
    const words = FAILURE_WORDS[failure.kind];
    return {
      when: `Use when ${words} (${signs}) and the plan has such a place.`,
      story: 'It was tried on a plan that failed, which then got over it, and did so again elsewhere.',
      applies: `The failure: ${words}, with ${signs} among its signs. And where it failed: `,
      times: '',
      worked: `Run the gate of phase ${lesson.phase} again: the failure must be gone. Take the edits back where it is not.`,
    };
  }
  const timed = WHAT_IS_TIMED[lesson.phase] ?? 'the time';
  return {
    when: `Use in phase ${lesson.phase}, to bring ${timed} down, when a plan has such a place.`,
    story: 'It was tried in a deployment, kept for its time, and kept again elsewhere.',
    applies: '',
    times: `\nTimes are of ${timed}. Those of a simulated target are estimates.\n`,
    worked: `Run the gate of the phase: it must pass as before. Keep the edits if ${timed} fell by at least one per cent.`,
  };
}

function document(skill: PromotedSkill): string {
  const { name, rule, lesson, evidence } = skill;
  const { summary, applies, change, caution } = ruleWords(rule);
  const purpose = purposeOf(skill);
  const origin =
    lesson.skill === null
      ? 'No skill proposed it then: an agent did.'
      : `The skill ${plainName(lesson.skill)} proposed it first.`;
  const failed =
    evidence.failed.length === 0
      ? []
      : ['', 'It was tried and taken back on:', '', ...evidence.failed.map((one) => `- ${originLine(one)}`)];
  return `---
name: ${name}
description: ${JSON.stringify(`${summary} ${purpose.when}`)}
---

# ${name}

${summary} ${origin} ${purpose.story}

## When it applies

${purpose.applies}${applies}

## What to change

${change}

## Where it held

${evidence.held.map((one) => `- ${heldLine(one)}`).join('\n')}
${failed.length === 0 ? '' : `${failed.join('\n')}\n`}${purpose.times}
## What not to do

${caution}

## Whether it worked

${purpose.worked}
`;
}

function readme({ name, rule, lesson, recorded }: PromotedSkill): string {
  return `# ${name}

A Tilewright ${kindWord(recorded.situation)} skill, made by \`tilewright skills promote\` from the lesson \`${plainName(lesson.id)}\`. ${ruleWords(rule).summary}

- \`SKILL.md\` says it to people and to coding agents, with the deployments that it held on.
- \`src/index.js\` does it: the rule as constants, and the code that looks for places where it fits. Change it as you like.
- \`test/recorded.json\` is the situation in which it was found, with the edits that were kept there.
- \`test/\` runs the conformance suite of the contract on that situation, and sees that the skill proposes those edits.

\`\`\`sh
npm install
npm test
npx tilewright skills lint .
npx tilewright skills eval . MODEL
npx tilewright deploy MODEL --out DEPLOYMENT --skill .
\`\`\`
`;
}

const TRIAL = `// The recorded situation, for the skill's own test and for \`tilewright skills lint\`.
import { readFileSync } from 'node:fs';
import { applyEdits } from '@tilewright/kernel-registry';
import { skill } from '../src/index.js';

export const recorded = JSON.parse(readFileSync(new URL('recorded.json', import.meta.url), 'utf8'));

/** The same once all of its proposals were taken: there is nothing left to find. */
function finished(situation) {
  const [match] = skill.match(situation);
  if (match === undefined) return situation;
  const { edits } = skill.propose(situation, match);
  return finished({ ...situation, plan: applyEdits(situation.plan, edits), profile: null });
}

export const applies = [recorded.situation];
export const doesNotApply = [finished(recorded.situation)];
export { applyEdits };
`;

const TEST = `import assert from 'node:assert/strict';
import test from 'node:test';
import { optimizationSkillConformance } from '@tilewright/testkit';
import { skill } from '../src/index.js';
import { applies, applyEdits, doesNotApply, recorded } from './trial.js';

for (const { name, run } of optimizationSkillConformance({ skill, applies, doesNotApply, applyEdits })) test(name, run);

test('in the recorded situation it proposes the edits that were kept there', () => {
  const { situation, edits } = recorded;
  const proposed = skill.match(situation).map((match) => skill.propose(situation, match).edits);
  assert.ok(proposed.some((one) => essence(one) === essence(edits)));
});

/** Edits without the names that they make up, and without who chose a kernel's settings; in any order. */
function essence(edits) {
  const plain = (value, name) => {
    if (name === 'basis') return null;
    if (Array.isArray(value)) return value.map((one) => plain(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((key) => [key, plain(value[key], key)]),
    );
  };
  return edits
    .map((edit) => {
      if (edit.kind === 'merge-dispatches') return { ...edit, into: null };
      if (edit.kind === 'fuse-launches') return { ...edit, into: { inside: [], ...edit.into, id: null } };
      return edit;
    })
    .map((edit) => JSON.stringify(plain(edit)))
    .sort()
    .join();
}
`;

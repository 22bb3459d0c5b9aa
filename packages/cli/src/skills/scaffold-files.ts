/** The files of a new skill package, by path. Plain ESM JavaScript, so that nothing has to be built. */
export interface ScaffoldFiles extends Readonly<Record<string, string>> {
  readonly 'SKILL.md': string;
}

/** `range` is of the packages with the contracts and the conformance suites, which are versioned together. */
export function scaffoldFiles(name: string, range: string): ScaffoldFiles {
  return {
    'package.json': manifest(name, range),
    'SKILL.md': DOCUMENT.replaceAll('NAME', name),
    'README.md': README.replaceAll('NAME', name),
    'src/index.js': SKILL.replaceAll('NAME', name),
    'test/trial.js': TRIAL,
    'test/skill.test.js': TEST,
  };
}

function manifest(name: string, range: string): string {
  const content = {
    name,
    version: '0.1.0',
    description: 'A Tilewright optimisation skill.',
    type: 'module',
    exports: { '.': './src/index.js', './SKILL.md': './SKILL.md' },
    files: ['src', 'SKILL.md'],
    engines: { node: '>=20.20' },
    scripts: { test: 'node --test test/skill.test.js' },
    tilewright: { trial: './test/trial.js' },
    dependencies: { '@tilewright/spec': range },
    devDependencies: { '@tilewright/testkit': range },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

const DOCUMENT = `---
name: NAME
description: Keeps weights on the NPU, so that they are not copied there again before every dispatch that reads them. Use when a plan has weights with residency host, or when a profile shows copy-in and sync-in of weights.
---

# NAME

In a naive plan every dispatch copies its weights in before it runs. Weights never change: one copy, before the first
run, is enough.

## When it applies

A buffer of the plan holds a weight (its content is a matrix or a vector) and has residency \`host\`.

## What to change

One \`set-residency\` edit per such buffer: residency \`device\`, role \`static\`.

## What not to do

Never make a buffer \`static\` that a launch writes: it is copied in once, so the second run would read what the first
left there.

## Whether it worked

Run the gate of the phase: no result may change by a bit, since no arithmetic did. Keep the edits if the time fell by
at least one per cent.
`;

const SKILL = `import { readFileSync } from 'node:fs';
import { BYTES_PER_ELEMENT, layoutElements } from '@tilewright/spec';

/** @import { DeviceModel, Match, OptimizationSkill, Plan, PlanBuffer, Proposal, SectionName, Situation } from '@tilewright/spec' */

const ID = 'NAME';

/** Keeps weights on the device. @type {OptimizationSkill} */
export const skill = {
  specificationVersion: 'v1',
  kind: 'optimization',
  id: ID,
  doc: readFileSync(new URL('../SKILL.md', import.meta.url), 'utf8'),

  match(situation) {
    return sectionsOf(situation.phase).flatMap((section) => {
      const weights = copiedWeights(situation.plan, section);
      return weights.length === 0 ? [] : [matchOf(section, weights)];
    });
  },

  propose(situation, match) {
    const section = sectionsOf(situation.phase).find((one) => subjectOf(one) === match.subject);
    if (section === undefined) throw new TypeError(match.subject + ' is no match of this situation');
    const weights = copiedWeights(situation.plan, section);
    return {
      id: ID + ':' + section,
      skill: ID,
      summary: 'Keep the weights of ' + section + ' on the device.',
      edits: weights.map(({ buffer }) => ({
        kind: 'set-residency',
        section,
        buffer: buffer.id,
        residency: 'device',
        role: 'static',
      })),
      expectedGainUs: gainUs(weights, situation.device),
      safety: 'Nothing writes a weight, so the copy that is made before the first run stays right.',
    };
  },
};

/** What a phase optimises: prefill in 4, decode in 5, each with the head that turns the result into logits.
 * @param {number} phase @returns {SectionName[]} */
function sectionsOf(phase) {
  if (phase === 4) return ['prefill', 'head'];
  if (phase === 5) return ['decode', 'head'];
  return ['prefill', 'decode', 'head'];
}

/** @param {SectionName} section */
function subjectOf(section) {
  return section + ' weights';
}

/** @typedef {{ buffer: PlanBuffer, bytes: number, copies: number }} CopiedWeight */

/** Weights of a section that are copied in for dispatches, and how often in one pass.
 * @param {Plan} plan @param {SectionName} name @returns {CopiedWeight[]} */
function copiedWeights(plan, name) {
  const section = plan.sections[name];
  return section.buffers.flatMap((buffer) => {
    const { residency, content, layout, format } = buffer;
    if (residency !== 'host' || (content.kind !== 'matrix' && content.kind !== 'vector')) return [];
    const copies = readers(section.once, buffer.id) + readers(section.layer, buffer.id) * plan.model.layers;
    return copies === 0 ? [] : [{ buffer, bytes: layoutElements(layout) * BYTES_PER_ELEMENT[format], copies }];
  });
}

/** Dispatches that name a buffer. @param {Plan['sections']['prefill']['once']} steps @param {string} buffer */
function readers(steps, buffer) {
  return steps.filter(
    (step) =>
      step.kind === 'dispatch' && step.launches.some((launch) => Object.values(launch.arguments).includes(buffer)),
  ).length;
}

/** @param {SectionName} section @param {CopiedWeight[]} weights @returns {Match} */
function matchOf(section, weights) {
  const bytes = weights.reduce((sum, weight) => sum + weight.bytes * weight.copies, 0);
  return {
    skill: ID,
    subject: subjectOf(section),
    evidence: [
      'Weights of ' + section + ' with residency host: ' + weights.length,
      'One pass copies ' + bytes.toLocaleString('en-US') + ' bytes of them.',
    ],
  };
}

/** Copies and syncs that are no longer made in one pass, by the figures of the device.
 * @param {CopiedWeight[]} weights @param {DeviceModel} device */
function gainUs(weights, { host }) {
  const secondsPerByte = 1 / host.copyBytesPerSecond + 1 / host.syncBytesPerSecond;
  return weights.reduce((sum, { bytes, copies }) => sum + copies * (host.syncUs + bytes * secondsPerByte * 1e6), 0);
}
`;

const TRIAL = `// Situations to try the skill on, for its own test and for \`tilewright skills lint\`.
import { smallSituation } from '@tilewright/testkit';

/** Two adds in each layer, and no weight anywhere. */
const withoutWeights = smallSituation(4);

/** The same with a bias in place of one summand. */
function withWeight(situation) {
  const { plan } = situation;
  const { prefill } = plan.sections;
  const content = { kind: 'vector', weight: 'down_proj.bias' };
  const buffers = prefill.buffers.map((buffer) => (buffer.id === 'down_proj' ? { ...buffer, content } : buffer));
  return { ...situation, plan: { ...plan, sections: { ...plan.sections, prefill: { ...prefill, buffers } } } };
}

export const applies = [withWeight(withoutWeights)];
export const doesNotApply = [withoutWeights, withWeight(smallSituation(5))];
`;

const TEST = `import test from 'node:test';
import { optimizationSkillConformance } from '@tilewright/testkit';
import { skill } from '../src/index.js';
import { applies, doesNotApply } from './trial.js';

for (const { name, run } of optimizationSkillConformance({ skill, applies, doesNotApply })) test(name, run);
`;

const README = `# NAME

A Tilewright optimisation skill: it keeps weights on the NPU.

- \`SKILL.md\` says it to people and to coding agents.
- \`src/index.js\` does it: \`match\` finds where it applies, \`propose\` says which edits of the plan to try.
- \`test/\` runs the conformance suite of the contract on the situations in \`trial.js\`.

\`\`\`sh
npm install
npm test
npx tilewright skills lint .
npx tilewright skills try . --plan DEPLOYMENT/plan.json
npx tilewright deploy MODEL --out DEPLOYMENT --skill ./src/index.js
\`\`\`
`;

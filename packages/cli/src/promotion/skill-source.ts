import type { EditRule } from './edit-rule.ts';
import { javascriptLiteral } from './javascript-literal.ts';
import { ruleSource } from './rule-source.ts';

export interface SkillSource {
  readonly name: string;
  readonly rule: EditRule;
  /** Where the change was kept, one line each. */
  readonly held: readonly string[];
  /** Of the time of the dispatches concerned, what was saved in the recorded situation; null where no profile was. */
  readonly savedShare: number | null;
}

/** `src/index.js` of a promoted skill: the rule as constants, and the code that looks for places where it fits. */
export function skillSource({ name, rule, held, savedShare }: SkillSource): string {
  const { constants, places, safety, imports } = ruleSource(rule);
  const registry = ['applyEdits', 'lowerPlan', ...imports].sort();
  return `import { readFileSync } from 'node:fs';
import { ${registry.join(', ')} } from '@tilewright/kernel-registry';
import { TilewrightError } from '@tilewright/spec';

/** @import { OptimizationSkill, Plan, PlanEdit, Situation } from '@tilewright/spec' */

const ID = ${javascriptLiteral(name)};

/** The part of a forward pass that it is about. */
const SECTION = ${javascriptLiteral(rule.section)};

${constants}

/** Deployments that kept it. */
const HELD = [
${held.map((line) => `  ${javascriptLiteral(line)},`).join('\n')}
];

/** What it saved of the time of the dispatches concerned, in the recorded situation; null: it is not known. */
const SAVED_SHARE = ${savedShare === null ? 'null' : String(savedShare)};

/** @type {OptimizationSkill} */
export const skill = {
  specificationVersion: 'v1',
  kind: 'optimization',
  id: ID,
  doc: readFileSync(new URL('../SKILL.md', import.meta.url), 'utf8'),

  match(situation) {
    return placesOf(situation)
      .filter(({ edits }) => holdsTogether(situation, edits))
      .map(({ subject, evidence }) => ({
        skill: ID,
        subject,
        evidence: [evidence, 'It was kept by ' + HELD.length + ' deployments: ' + HELD.join('; ')],
      }));
  },

  propose(situation, match) {
    const place = placesOf(situation).find(({ subject }) => subject === match.subject);
    if (place === undefined) throw new TypeError(match.subject + ' is no match of this situation');
    return {
      id: ID + ':' + place.subject.replaceAll(' ', '-'),
      skill: ID,
      summary: place.summary,
      edits: place.edits,
      expectedGainUs: gainUs(situation, place.steps),
      safety: ${javascriptLiteral(safety)},
    };
  },
};

/**
 * A place where the change could be made. \`steps\` are the dispatches whose time it is about.
 * @typedef {{ subject: string, evidence: string, summary: string, edits: PlanEdit[], steps: string[] }} Place
 */

/** Every place in the section, where the phase is one that makes it faster. @param {Situation} situation @returns {Place[]} */
function placesOf({ phase, plan, device }) {
  const sections = { 4: ['prefill', 'head'], 5: ['decode', 'head'] }[phase] ?? ['prefill', 'decode', 'head'];
  return sections.includes(SECTION) ? placesIn(plan.sections[SECTION], device) : [];
}

${places}

/** Whether the plan can still be lowered after the edits: shapes, settings and layouts go together.
 * @param {Situation} situation @param {PlanEdit[]} edits */
function holdsTogether({ plan, device }, edits) {
  try {
    lowerPlan(applyEdits(plan, edits), device);
    return true;
  } catch (error) {
    if (TilewrightError.isInstance(error)) return false;
    throw error;
  }
}

/** The recorded share of what the dispatches take here. @param {Situation} situation @param {string[]} steps */
function gainUs({ profile }, steps) {
  if (profile === null || SAVED_SHARE === null) return null;
  const ours = profile.entries.filter(({ section, step }) => section === SECTION && steps.includes(step));
  const us = ours.reduce((sum, entry) => sum + entry.us, 0);
  return us > 0 ? us * SAVED_SHARE : null;
}
`;
}

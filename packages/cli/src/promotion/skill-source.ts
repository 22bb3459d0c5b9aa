import type { Failure } from '@tilewright/spec';
import type { EditRule } from './edit-rule.ts';
import { failureSigns } from './failure-signs.ts';
import { javascriptLiteral } from './javascript-literal.ts';
import { ruleSource } from './rule-source.ts';
import { CURE_PLACES, cureConstants, cureSkill } from './source/cure-source.ts';
import { GAIN_PLACES, gainConstants, gainSkill } from './source/gain-source.ts';

export interface SkillSource {
  readonly name: string;
  readonly rule: EditRule;
  /** Where the change was kept, one line each. */
  readonly held: readonly string[];
  /** Of the time of the dispatches concerned, what was saved in the recorded situation; null where no profile was. */
  readonly savedShare: number | null;
  /** What the change cured; null where it was made for its time. */
  readonly failure: Failure | null;
}

/** `src/index.js` of a promoted skill: the rule as constants, and the code that looks for places where it fits. */
export function skillSource({ name, rule, held, savedShare, failure }: SkillSource): string {
  const { constants, places, safety, imports } = ruleSource(rule);
  const registry = ['applyEdits', 'lowerPlan', ...imports].sort();
  const kind = failure === null ? 'OptimizationSkill' : 'DebugSkill';
  return `import { readFileSync } from 'node:fs';
import { ${registry.join(', ')} } from '@tilewright/kernel-registry';
import { TilewrightError } from '@tilewright/spec';

/** @import { ${kind}, Plan, PlanEdit, Situation } from '@tilewright/spec' */

const ID = ${javascriptLiteral(name)};

/** The part of a forward pass that it is about. */
const SECTION = ${javascriptLiteral(rule.section)};

${constants}

/** Deployments that ${failure === null ? 'kept it' : 'it cured'}. */
const HELD = [
${held.map((line) => `  ${javascriptLiteral(line)},`).join('\n')}
];

${failure === null ? gainConstants(savedShare) : cureConstants(failure.kind, failureSigns(failure))}

/** @type {${kind}} */
${failure === null ? gainSkill(safety) : cureSkill()}
/**
 * A place where the change could be made. \`steps\` are the dispatches that it is about.
 * @typedef {{ subject: string, evidence: string, summary: string, edits: PlanEdit[], steps: string[] }} Place
 */

${failure === null ? GAIN_PLACES : CURE_PLACES}
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
`;
}

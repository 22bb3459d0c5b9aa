import type { Failure } from '@tilewright/spec';
import { javascriptLiteral } from '../javascript-literal.ts';

/** What of a debug skill's code does not depend on its rule. */
export function cureConstants(kind: Failure['kind'], signs: readonly string[]): string {
  return `/** The failure that it cures, and all that must be among its signs. */
const FAILURE = ${javascriptLiteral({ kind, signs })};`;
}

export function cureSkill(): string {
  return `export const skill = {
  specificationVersion: 'v1',
  kind: 'debug',
  id: ID,
  doc: readFileSync(new URL('../SKILL.md', import.meta.url), 'utf8'),

  match(situation) {
    return placesOf(situation)
      .filter(({ edits }) => holdsTogether(situation, edits))
      .map((place) => ({ skill: ID, subject: place.subject, evidence: evidenceOf(place) }));
  },

  diagnose(situation, match) {
    const place = placesOf(situation).find(({ subject }) => subject === match.subject);
    if (place === undefined) throw new TypeError(match.subject + ' is no match of this situation');
    return {
      skill: ID,
      cause: 'This was the cause of ' + FAILURE.signs.join(', ') + ' before: ' + place.evidence + '.',
      evidence: evidenceOf(place),
      edits: place.edits,
    };
  },
};
`;
}

export const CURE_PLACES = `/** Every place in what failed, where it failed as recorded. @param {Situation} situation @returns {Place[]} */
function placesOf({ plan, device, failure }) {
  if (failure === null || failure.kind !== FAILURE.kind) return [];
  const signs = signsOf(failure);
  if (!FAILURE.signs.every((sign) => signs.includes(sign))) return [];
  return placesIn(plan.sections[SECTION], device).filter(({ steps }) => concerns(failure, steps));
}

/** Codes of diagnostics, the fault, or kinds of gate failures. @param {NonNullable<Situation['failure']>} failure */
function signsOf(failure) {
  if (failure.kind === 'compile') return failure.diagnostics.map(({ code }) => code);
  return failure.kind === 'runtime' ? [failure.fault] : failure.report.failures.map(({ kind }) => kind);
}

/** Whether one of the dispatches failed; a gate names none. @param {NonNullable<Situation['failure']>} failure @param {string[]} steps */
function concerns(failure, steps) {
  if (failure.kind === 'gate') return true;
  const failed = failure.kind === 'compile' ? failure.diagnostics.map(({ dispatch }) => dispatch) : [failure.dispatch];
  return steps.some((step) => failed.includes(SECTION + '/' + step));
}

/** @param {Place} place */
function evidenceOf({ evidence }) {
  return [evidence, 'The same edits cured this on ' + HELD.length + ' deployments: ' + HELD.join('; ')];
}
`;

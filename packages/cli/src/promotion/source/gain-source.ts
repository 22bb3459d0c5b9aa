import { javascriptLiteral } from '../javascript-literal.ts';

/** What of an optimisation skill's code does not depend on its rule. */
export function gainConstants(savedShare: number | null): string {
  return `/** What it saved of the time of the dispatches concerned, in the recorded situation; null: it is not known. */
const SAVED_SHARE = ${savedShare === null ? 'null' : String(savedShare)};`;
}

export function gainSkill(safety: string): string {
  return `export const skill = {
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
`;
}

export const GAIN_PLACES = `/** Every place in the section, where the phase is one that makes it faster. @param {Situation} situation @returns {Place[]} */
function placesOf({ phase, plan, device }) {
  const sections = { 4: ['prefill', 'head'], 5: ['decode', 'head'] }[phase] ?? ['prefill', 'decode', 'head'];
  return sections.includes(SECTION) ? placesIn(plan.sections[SECTION], device) : [];
}

/** The recorded share of what the dispatches take here. @param {Situation} situation @param {string[]} steps */
function gainUs({ profile }, steps) {
  if (profile === null || SAVED_SHARE === null) return null;
  const ours = profile.entries.filter(({ section, step }) => section === SECTION && steps.includes(step));
  const us = ours.reduce((sum, entry) => sum + entry.us, 0);
  return us > 0 ? us * SAVED_SHARE : null;
}
`;

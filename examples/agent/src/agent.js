import { throwIfAborted } from '@tilewright/spec';

/** Decisions in one phase after which it stops looking. */
const PATIENCE = 40;
/** A proposal must promise this much of the time that the profile shows, or it is not worth a gate. */
const LEAST_SHARE = 0.01;

/**
 * Changes as little as it can: of the proposals that promise at least one per cent it tries the one that gains most
 * per edit, and leaves the rest. A plan that fails gets the first cure that it has not had; in phases 4 and 5 what was
 * kept last is taken back after that; and then a human is asked.
 * @returns {import('@tilewright/spec').Agent}
 */
export function thriftyAgent() {
  /** Edits of the cures that it has applied, as text. @type {Set<string>} */
  const cures = new Set();
  return {
    specificationVersion: 'v1',
    id: 'thrifty',
    async decide(observation, options) {
      throwIfAborted(options?.signal);
      return observation.situation.failure === null ? improve(observation) : repair(observation, cures);
    },
  };
}

export { thriftyAgent as agent };

/**
 * The best untried proposal of phases 4 and 5, and the gate when none is left. In the other phases nothing is to be
 * improved.
 * @param {import('@tilewright/spec').Observation} observation
 * @returns {import('@tilewright/spec').Decision}
 */
function improve({ situation, proposals, attempt, attempts, lessons, origin }) {
  const { phase, profile } = situation;
  if (phase < 4 || phase > 5 || attempt >= PATIENCE) return { kind: 'run-gate' };
  const totalUs = profile === null ? 0 : profile.entries.reduce((sum, { us }) => sum + us, 0);
  const tried = new Set(attempts.filter((one) => one.phase === phase).map(({ edits }) => JSON.stringify(edits)));
  const refused = new Map(
    lessons
      .filter((lesson) => lesson.kind === 'rejected' && lesson.learntOn.modelDigest === origin.modelDigest)
      .map((lesson) => [lesson.proposal, lesson.id]),
  );
  const gainPerEdit = ({ expectedGainUs, edits }) => (expectedGainUs ?? 0) / edits.length;
  const [best] = proposals
    .filter(({ id, edits }) => !tried.has(JSON.stringify(edits)) && !refused.has(id))
    .filter(({ expectedGainUs }) => (expectedGainUs ?? 0) > LEAST_SHARE * totalUs)
    .sort((a, b) => gainPerEdit(b) - gainPerEdit(a) || (a.id < b.id ? -1 : 1));
  if (best === undefined) return { kind: 'run-gate' };
  return {
    kind: 'try-proposal',
    proposal: best.id,
    reason: `${best.summary} It promises ${gainPerEdit(best).toFixed(0)} µs for each of ${best.edits.length} edits.`,
    cites: proposals.flatMap(({ id }) => refused.get(id) ?? []),
  };
}

/**
 * What to do about a plan that fails.
 * @param {import('@tilewright/spec').Observation} observation
 * @param {Set<string>} cures
 * @returns {import('@tilewright/spec').Decision}
 */
function repair({ situation, findings, attempts, attempt, reports, instruction }, cures) {
  const cure = findings.findIndex(({ edits }) => edits.length > 0 && !cures.has(JSON.stringify(edits)));
  const finding = findings[cure];
  if (finding !== undefined && attempt < PATIENCE) {
    cures.add(JSON.stringify(finding.edits));
    return { kind: 'apply-finding', finding: cure, reason: `${finding.skill}: ${finding.cause}` };
  }
  const ours = attempts.filter(({ phase }) => phase === situation.phase);
  const kept = ours.filter((one) => one.kept && one.proposal !== 'revert').length;
  const reverted = ours.filter(({ proposal }) => proposal === 'revert').length;
  if (kept > reverted && attempt < PATIENCE)
    return { kind: 'revert', reason: 'The plan fails with what was kept last.' };
  const causes = findings.map(({ skill, cause }) => `${skill} says: ${cause}`);
  const wish = instruction === null ? [] : [`You asked: ${instruction}`];
  const known = [...wish, ...causes, reports.at(-1)?.summary ?? 'No gate has run.'].join(' ');
  return { kind: 'ask-human', question: `Phase ${situation.phase} fails and I know no other cure. ${known}` };
}

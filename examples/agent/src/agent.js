import { throwIfAborted } from '@tilewright/spec';

/** A proposal must promise this much of the time that the profile shows, or it is not worth a gate. */
const LEAST_SHARE = 0.01;

/** Changes as little as it can for what it gains. @returns {import('@tilewright/spec').Agent} */
export function thriftyAgent() {
  const cures = new Set();
  return {
    specificationVersion: 'v1',
    id: 'thrifty',
    async decide(observation, options = {}) {
      throwIfAborted(options.signal);
      if (observation.attempt >= 40) return { kind: 'give-up', reason: 'Forty decisions did not get through.' };
      return observation.situation.failure === null ? improve(observation, options) : repair(observation, cures);
    },
  };
}
export { thriftyAgent as agent };

/** Phases 4 and 5: the proposal that gains most per edit; the gate when none is left. In other phases only the gate. */
async function improve({ situation, proposals, attempts, lessons, origin }, { instruments, signal }) {
  const { phase, profile } = situation;
  if (phase !== 4 && phase !== 5) return { kind: 'run-gate' };
  const leastUs = LEAST_SHARE * (profile?.entries ?? []).reduce((sum, { us }) => sum + us, 0);
  const tried = attempts.filter((one) => one.phase === phase).map(({ edits }) => JSON.stringify(edits));
  const rejected = lessons.filter((one) => one.kind === 'rejected' && one.learntOn.modelDigest === origin.modelDigest);
  const cites = proposals.flatMap(({ id }) => rejected.find(({ proposal }) => proposal === id)?.id ?? []);
  const gainPerEdit = ({ expectedGainUs, edits }) => (expectedGainUs ?? 0) / edits.length;
  const choices = proposals
    .filter(({ id, edits }) => !tried.includes(JSON.stringify(edits)) && !rejected.some((one) => one.proposal === id))
    .filter(({ expectedGainUs }) => (expectedGainUs ?? 0) > leastUs)
    .sort((a, b) => gainPerEdit(b) - gainPerEdit(a) || (a.id < b.id ? -1 : 1));
  for (const { id, summary, edits } of choices) {
    // Costs no attempt: the changed plan is compiled, and neither run nor kept.
    const preview = await instruments?.preview(edits, signal);
    if (preview === undefined || preview.kind === 'compiles') {
      return { kind: 'try-proposal', proposal: id, reason: `${summary} It is ${edits.length} edits.`, cites };
    }
  }
  return { kind: 'run-gate' };
}

/** The first cure that was not tried, then what was kept last is taken back, then a human is asked. */
function repair({ situation, findings, attempts, reports, instruction }, cures) {
  const cure = findings.findIndex(({ edits }) => edits.length > 0 && !cures.has(JSON.stringify(edits)));
  if (cure >= 0) {
    cures.add(JSON.stringify(findings[cure].edits));
    return { kind: 'apply-finding', finding: cure, reason: `${findings[cure].skill}: ${findings[cure].cause}` };
  }
  const kept = attempts.filter((one) => one.phase === situation.phase && one.kept).map(({ proposal }) => proposal);
  const standing = kept.length - 2 * kept.filter((proposal) => proposal === 'revert').length;
  if (standing > 0) return { kind: 'revert', reason: 'The plan fails with what was kept last.' };
  const asked = instruction === null ? '' : ` You asked: ${instruction}`;
  return { kind: 'ask-human', question: `Phase ${situation.phase} fails: ${reports.at(-1)?.summary}.${asked}` };
}

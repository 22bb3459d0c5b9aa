import type { Decision, Lesson, LessonOrigin, Observation, OptimizationAttempt, Proposal } from '@tilewright/spec';

/** Phases in which one change after the other is tried for its time. */
export const OPTIMIZATION_PHASES: ReadonlySet<number> = new Set([4, 5]);

/** Decisions after which a phase is closed with what has been kept. */
const PATIENCE = 60;

/**
 * The next step of an optimisation, from what was tried and what earlier deployments taught: first what was
 * kept on the nearest of them, then skill by skill in the order they were given (merging gains most while the
 * traffic that it removes is still there), each by its expected gain; never what was rejected on this very model, target
 * and lengths. When nothing is left the gate closes the phase.
 */
export function optimize(observation: Observation): Decision {
  const { attempt, attempts, situation, findings } = observation;
  const ours = attempts.filter(({ phase }) => phase === situation.phase);
  const tried = new Set(ours.map(({ edits }) => JSON.stringify(edits)));

  const again = situation.failure === null ? (lastRejected(ours)?.edits ?? []) : [];
  const cure = findings.findIndex(({ edits }) => edits.length > 0 && !tried.has(JSON.stringify([...again, ...edits])));
  const finding = findings[cure];
  if (finding !== undefined && attempt < PATIENCE) {
    return { kind: 'apply-finding', finding: cure, reason: `${finding.skill}: ${finding.cause}` };
  }
  if (situation.failure !== null) return afterFailure(observation, ours);
  if (attempt >= PATIENCE) return { kind: 'run-gate' };

  const { choice, cites, reason } = choose(observation, tried);
  if (choice === undefined) return { kind: 'run-gate' };
  return { kind: 'try-proposal', proposal: choice.id, reason, cites };
}

/** The plan that stands does not pass: what was kept last is taken back, until it does. */
function afterFailure({ situation, attempt }: Observation, ours: readonly OptimizationAttempt[]): Decision {
  const summary = situation.failure?.kind === 'gate' ? situation.failure.report.summary : 'it does not run';
  const kept = ours.filter((one) => one.kept && one.proposal !== 'revert').length;
  const reverted = ours.filter((one) => one.proposal === 'revert').length;
  if (attempt < PATIENCE && reverted < kept) return { kind: 'revert', reason: `The plan fails: ${summary}` };
  return {
    kind: 'ask-human',
    question: `Phase ${situation.phase} has nothing left to take back, and fails: ${summary}`,
  };
}

interface Choice {
  readonly choice: Proposal | undefined;
  readonly cites: readonly string[];
  readonly reason: string;
}

function choose({ proposals, lessons, origin, situation }: Observation, tried: ReadonlySet<string>): Choice {
  const ofPhase = lessons.filter(({ phase, proposal }) => phase === situation.phase && proposal !== null);
  const nearest = nearestLessons(ofPhase, origin);
  const keptBefore = byProposal(nearest, 'kept');
  const here = ofPhase.filter(({ learntOn }) => distance(learntOn, origin) === 0);
  const rejectedHere = byProposal(here, 'rejected');
  for (const proposal of byProposal(here, 'kept').keys()) rejectedHere.delete(proposal);

  const untried = proposals.filter(({ edits }) => !tried.has(JSON.stringify(edits)));
  const passedOver = untried.flatMap(({ id }) => rejectedHere.get(id) ?? []);
  const skills = [...new Set(proposals.map(({ skill }) => skill))];
  const [choice] = untried
    .filter(({ id }) => !rejectedHere.has(id))
    .sort(
      (a, b) =>
        Number(keptBefore.has(b.id)) - Number(keptBefore.has(a.id)) ||
        skills.indexOf(a.skill) - skills.indexOf(b.skill) ||
        (b.expectedGainUs ?? 0) - (a.expectedGainUs ?? 0) ||
        (a.id < b.id ? -1 : 1),
    );
  if (choice === undefined) return { choice, cites: [], reason: '' };
  const lesson = keptBefore.get(choice.id);
  const why = lesson === undefined ? 'It promises the most of what its skill has left.' : keptReason(lesson);
  const others = passedOver.length === 1 ? '1 other is' : `${passedOver.length} others are`;
  const skipped = passedOver.length === 0 ? '' : ` ${others} passed over: rejected on this model and target before.`;
  return {
    choice,
    cites: [...(lesson ? [lesson] : []), ...passedOver].map(({ id }) => id),
    reason: `${why}${skipped}`,
  };
}

function keptReason({ gain }: Lesson): string {
  return `An earlier deployment kept it${gain === null ? '' : `, for ${(100 * gain).toFixed(1)} % of the time`}.`;
}

function lastRejected(ours: readonly OptimizationAttempt[]): OptimizationAttempt | undefined {
  const last = ours.at(-1);
  return last?.kept === false ? last : undefined;
}

function byProposal(lessons: readonly Lesson[], kind: Lesson['kind']): Map<string, Lesson> {
  return new Map(
    lessons.flatMap((lesson) =>
      lesson.kind === kind && lesson.proposal !== null ? [[lesson.proposal, lesson] as const] : [],
    ),
  );
}

/** Lessons of the deployment that was most like this one. */
function nearestLessons(lessons: readonly Lesson[], origin: LessonOrigin): readonly Lesson[] {
  const least = Math.min(...lessons.map(({ learntOn }) => distance(learntOn, origin)));
  return lessons.filter(({ learntOn }) => distance(learntOn, origin) === least);
}

/** 0 for the same model, target and lengths. Another target weighs most, then the family, the model, the lengths. */
function distance(from: LessonOrigin, to: LessonOrigin): number {
  const lengths =
    Math.abs(Math.log2(from.prefillLength / to.prefillLength)) +
    Math.abs(Math.log2(from.contextLength / to.contextLength));
  return (
    (from.target === to.target ? 0 : 1e6) +
    (from.modelFamily === to.modelFamily ? 0 : 1e4) +
    (from.modelDigest === to.modelDigest ? 0 : 1e2) +
    lengths
  );
}

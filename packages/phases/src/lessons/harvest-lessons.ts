import { digest } from '@tilewright/gates';
import type { Finding, Lesson, LessonOrigin, OptimizationAttempt } from '@tilewright/spec';
import { REVERT, standingAttempts } from '../optimize/replay-attempts.ts';

/** What the attempts of a deployment teach: what was kept, and what was tried and never kept. */
export function lessonsOfAttempts(
  attempts: readonly OptimizationAttempt[],
  origin: LessonOrigin,
  recordedAt: string,
): readonly Lesson[] {
  const phases = [...new Set(attempts.map(({ phase }) => phase))];
  return phases.flatMap((phase) => {
    const standing = new Set(standingAttempts(attempts, phase));
    const ours = attempts.filter((attempt) => attempt.phase === phase && isAboutProposal(attempt));
    const kept = ours.filter((attempt) => standing.has(attempt));
    const names = new Set(kept.map(({ proposal }) => proposal));
    // Of several attempts of the same proposal the last one says it best.
    const rejected = new Map(ours.filter((one) => !names.has(one.proposal)).map((one) => [one.proposal, one]));
    return [
      ...kept.map((attempt) => lessonOf('kept', attempt, origin, recordedAt)),
      ...[...rejected.values()].map((attempt) => lessonOf('rejected', attempt, origin, recordedAt)),
    ];
  });
}

function isAboutProposal({ skill, proposal }: OptimizationAttempt): boolean {
  return skill !== null && proposal !== REVERT;
}

function lessonOf(
  kind: 'kept' | 'rejected',
  attempt: OptimizationAttempt,
  origin: LessonOrigin,
  recordedAt: string,
): Lesson {
  const { phase, proposal, skill, summary, rejection, beforeUs, afterUs, timing, expectedGainUs } = attempt;
  const gain = afterUs === null ? null : (beforeUs - afterUs) / beforeUs;
  const times = afterUs === null ? '' : `${beforeUs.toFixed(1)} → ${afterUs.toFixed(1)} µs (${timing})`;
  const found =
    kind === 'kept'
      ? `It was kept: ${times}.`
      : `It was taken back: ${rejection ?? 'what it was kept with did not pass'}.`;
  return {
    specificationVersion: 'v1',
    id: lessonId(kind, phase, proposal, origin),
    kind,
    statement: `${summary} ${found}`,
    ...{ phase, skill, proposal, learntOn: origin, gain, recordedAt },
    evidence: [
      `attempt ${attempt.attempt}, plan ${attempt.planDigest}`,
      ...(times === '' ? [] : [times]),
      ...(expectedGainUs === null ? [] : [`expected gain ${expectedGainUs.toFixed(1)} µs`]),
    ],
  };
}

/** A finding whose edits were in the plan when its gate passed. */
export function curedLesson(finding: Finding, phase: number, origin: LessonOrigin, recordedAt: string): Lesson {
  return {
    specificationVersion: 'v1',
    id: lessonId('cured', phase, `${finding.skill} ${finding.cause}`, origin),
    kind: 'cured',
    statement: `${finding.cause} The cure that ${finding.skill} proposed let the gate pass.`,
    ...{ phase, skill: finding.skill, proposal: null, learntOn: origin, gain: null, recordedAt },
    evidence: finding.evidence,
  };
}

/** What an agent wants to be remembered. */
export function notedLesson(
  statement: string,
  evidence: readonly string[],
  phase: number,
  origin: LessonOrigin,
  recordedAt: string,
): Lesson {
  return {
    specificationVersion: 'v1',
    id: lessonId('noted', phase, statement, origin),
    ...{ kind: 'noted', statement, phase, skill: null, proposal: null, learntOn: origin, evidence },
    ...{ gain: null, recordedAt },
  };
}

/** The same for the same lesson of the same model, target and lengths. */
function lessonId(kind: Lesson['kind'], phase: number, about: string, origin: LessonOrigin): string {
  const hash = digest({ kind, phase, about, origin })
    .replace(/^sha256:/, '')
    .slice(0, 16);
  return `${kind}-${phase}-${hash}`;
}

import { digest } from '@tilewright/gates';
import type { Finding, Lesson, LessonOrigin, OptimizationAttempt, PlanEdit } from '@tilewright/spec';
import type { Mended } from '../loop/phase-loop.ts';
import { failureLine } from '../loop/run-watched-gate.ts';
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
    const ours = attempts.filter((attempt) => attempt.phase === phase && attempt.proposal !== REVERT);
    const kept = ours.filter((attempt) => standing.has(attempt));
    const names = new Set(kept.map(subjectOf));
    // Of several attempts of the same proposal the last one says it best.
    const rejected = new Map(ours.filter((one) => !names.has(subjectOf(one))).map((one) => [subjectOf(one), one]));
    return [
      ...kept.map((attempt) => lessonOf('kept', attempt, origin, recordedAt)),
      ...[...rejected.values()].map((attempt) => lessonOf('rejected', attempt, origin, recordedAt)),
    ];
  });
}

/** What attempts of the same thing have in common: the proposal, or the edits that an agent authored. */
function subjectOf({ skill, proposal, edits }: OptimizationAttempt): string {
  return skill === null ? `authored ${digest(edits)}` : proposal;
}

function bringsProgram(edit: PlanEdit): boolean {
  switch (edit.kind) {
    case 'set-kernel':
      return edit.kernel.origin === 'authored';
    case 'fuse-launches':
      return edit.into.kernel.origin === 'authored';
    case 'insert-step':
      return edit.step.kind === 'dispatch' && edit.step.launches.some(({ kernel }) => kernel.origin === 'authored');
    default:
      return false;
  }
}

function lessonOf(
  kind: 'kept' | 'rejected',
  attempt: OptimizationAttempt,
  origin: LessonOrigin,
  recordedAt: string,
): Lesson {
  const { phase, proposal, skill, summary, rejection, beforeUs, afterUs, timing, expectedGainUs, edits } = attempt;
  const gain = afterUs === null ? null : (beforeUs - afterUs) / beforeUs;
  const times = afterUs === null ? '' : `${beforeUs.toFixed(1)} → ${afterUs.toFixed(1)} µs (${timing})`;
  const found =
    kind === 'kept'
      ? `It was kept: ${times}.`
      : `It was taken back: ${rejection ?? 'what it was kept with did not pass'}.`;
  return {
    specificationVersion: 'v1',
    id: lessonId(kind, phase, subjectOf(attempt), origin),
    kind,
    statement: `${summary} ${found}`,
    ...{ phase, skill, proposal: skill === null ? null : proposal, learntOn: origin, gain, recordedAt },
    ...(skill === null && !edits.some(bringsProgram) && { edits }),
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

/** A failure that edits of the agent's own got the plan over. */
export function mendedLesson(
  { plan, failure, edits }: Mended,
  phase: number,
  origin: LessonOrigin,
  recordedAt: string,
): Lesson {
  return {
    specificationVersion: 'v1',
    id: lessonId('cured', phase, `authored ${digest(edits)}`, origin),
    kind: 'cured',
    statement: `${failureLine(failure)} The agent's own edits got the plan over it.`,
    ...{ phase, skill: null, proposal: null, learntOn: origin, gain: null, recordedAt },
    ...(!edits.some(bringsProgram) && { edits }),
    evidence: [`plan ${digest(plan)} failed`, ...edits.map(({ kind, section }) => `${kind} in ${section}`)],
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

import { digest } from '@tilewright/gates';
import { applyEdits } from '@tilewright/kernel-registry';
import {
  loadDeployment,
  readBaseline,
  readCure,
  readLessons,
  readTrajectory,
  replayAttempts,
  standingAttempts,
} from '@tilewright/phases';
import {
  type DeploymentManifest,
  type Failure,
  type Lesson,
  type OptimizationAttempt,
  type Plan,
  type PlanEdit,
  TilewrightError,
} from '@tilewright/spec';

/** What taught a lesson: edits, and the plan that they were made on. */
export interface RecordedChange {
  readonly phase: number;
  readonly plan: Plan;
  readonly edits: readonly PlanEdit[];
  /** What they gained, in microseconds; null for a cure. */
  readonly gainUs: number | null;
  /** What the plan failed with; null where they were made for its time. */
  readonly failure: Failure | null;
  readonly manifest: DeploymentManifest;
}

/**
 * Finds in a deployment's workspace what taught it a lesson: an attempt, by replaying those before it, or a cure. Throws
 * `workspace-invalid` where the directory is no deployment, did not teach the lesson, or does not hold together.
 */
export async function recordedChange(directory: string, lesson: Lesson): Promise<RecordedChange> {
  const { manifest } = await loadDeployment(directory);
  const { prefillLength, contextLength, modelFamily } = lesson.learntOn;
  const taught = (await readLessons(directory, 'lessons'))?.lessons ?? [];
  if (!taught.some(({ id }) => id === lesson.id)) {
    throw invalid(
      directory,
      `did not teach the lesson ${lesson.id}`,
      `Name the deployment that did: ${modelFamily}, prefill ${prefillLength}, context ${contextLength}.`,
    );
  }
  return lesson.kind === 'cured'
    ? recordedCure(directory, lesson, manifest)
    : recordedAttempt(directory, lesson, manifest);
}

async function recordedCure(directory: string, lesson: Lesson, manifest: DeploymentManifest): Promise<RecordedChange> {
  const cure = await readCure(directory, lesson.id);
  if (cure === null) throw gone(directory, lesson);
  const { phase, plan, edits, failure } = cure;
  return { phase, plan, edits, gainUs: null, failure, manifest };
}

async function recordedAttempt(
  directory: string,
  lesson: Lesson,
  manifest: DeploymentManifest,
): Promise<RecordedChange> {
  const baseline = await readBaseline(directory);
  const attempts = (await readTrajectory(directory))?.attempts ?? [];
  const attempt = standingAttempts(attempts, lesson.phase).find((one) => isAbout(lesson, one));
  if (baseline === null || attempt === undefined) throw gone(directory, lesson);
  const before = attempts.filter(({ attempt: number }) => number < attempt.attempt);
  const { plan, attempts: replayed } = replayAttempts(baseline, before);
  if (replayed.length < before.length || digest(applyEdits(plan, attempt.edits)) !== attempt.planDigest) {
    throw invalid(
      directory,
      'has attempts that do not lead to the plans that they name',
      'Somebody changed its files: take a deployment that is as it was made.',
    );
  }
  const { phase, edits, beforeUs, afterUs } = attempt;
  return { phase, plan, edits, gainUs: afterUs === null ? 0 : beforeUs - afterUs, failure: null, manifest };
}

function isAbout({ proposal, skill, edits }: Lesson, attempt: OptimizationAttempt): boolean {
  if (skill !== null) return attempt.skill === skill && attempt.proposal === proposal;
  return attempt.skill === null && edits !== undefined && digest(attempt.edits) === digest(edits);
}

function gone(directory: string, { id }: Lesson): TilewrightError {
  return invalid(directory, `no longer has what taught ${id}`, 'Deploy it again, and promote then.');
}

function invalid(directory: string, what: string, remedy: string): TilewrightError {
  return new TilewrightError('workspace-invalid', `${directory} ${what}.`, remedy, { file: directory });
}

import { digest } from '@tilewright/gates';
import { applyEdits } from '@tilewright/kernel-registry';
import {
  loadDeployment,
  readBaseline,
  readLessons,
  readTrajectory,
  replayAttempts,
  standingAttempts,
} from '@tilewright/phases';
import {
  type DeploymentManifest,
  type Lesson,
  type OptimizationAttempt,
  type Plan,
  TilewrightError,
} from '@tilewright/spec';

/** The attempt that taught a lesson, with the plan that it was made on. */
export interface RecordedAttempt {
  readonly attempt: OptimizationAttempt;
  readonly plan: Plan;
  readonly manifest: DeploymentManifest;
}

/**
 * Finds in a deployment's workspace what taught it a lesson, and replays the attempts before that. Throws
 * `workspace-invalid` where the directory is no deployment, did not teach the lesson, or does not hold together.
 */
export async function recordedAttempt(directory: string, lesson: Lesson): Promise<RecordedAttempt> {
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
  const baseline = await readBaseline(directory);
  const attempts = (await readTrajectory(directory))?.attempts ?? [];
  const attempt = standingAttempts(attempts, lesson.phase).find((one) => isAbout(lesson, one));
  if (baseline === null || attempt === undefined) {
    throw invalid(
      directory,
      `no longer has the attempt that taught ${lesson.id}`,
      'Deploy it again, and promote then.',
    );
  }
  const before = attempts.filter(({ attempt: number }) => number < attempt.attempt);
  const { plan, attempts: replayed } = replayAttempts(baseline, before);
  if (replayed.length < before.length || digest(applyEdits(plan, attempt.edits)) !== attempt.planDigest) {
    throw invalid(
      directory,
      `has attempts that do not lead to the plans that they name`,
      'Somebody changed its files: take a deployment that is as it was made.',
    );
  }
  return { attempt, plan, manifest };
}

function isAbout({ proposal, skill, edits }: Lesson, attempt: OptimizationAttempt): boolean {
  if (skill !== null) return attempt.skill === skill && attempt.proposal === proposal;
  return attempt.skill === null && edits !== undefined && digest(attempt.edits) === digest(edits);
}

function invalid(directory: string, what: string, remedy: string): TilewrightError {
  return new TilewrightError('workspace-invalid', `${directory} ${what}.`, remedy, { file: directory });
}

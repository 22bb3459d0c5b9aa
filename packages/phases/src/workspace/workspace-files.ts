import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DeploymentIssues,
  type DeploymentManifest,
  type GateReport,
  type Lessons,
  type OptimizationTrajectory,
  type PerformanceProfile,
  type Plan,
  type RecordedCure,
  type RecordedReview,
  type RunnerManifest,
  TilewrightError,
} from '@tilewright/spec';
import {
  deploymentIssuesSchema,
  deploymentManifestSchema,
  gateReportSchema,
  lessonsSchema,
  optimizationTrajectorySchema,
  performanceProfileSchema,
  planSchema,
  recordedCureSchema,
  recordedReviewSchema,
  runnerManifestSchema,
  type Schema,
} from '@tilewright/spec/schemas';

/** What a workspace holds, by its path in it. */
export const WORKSPACE_FILES = {
  manifest: 'deployment.json',
  plan: 'plan.json',
  planText: 'plan.md',
  /** The plan that phases 1 to 3 validated, before anything was optimised. */
  baseline: 'plan-baseline.json',
  progress: 'progress.md',
  trajectory: 'perf_opt_traj.json',
  trajectoryText: 'perf_opt_traj.md',
  issues: 'issues.json',
  issuesText: 'issues.md',
  lessons: 'lessons.json',
  lessonsText: 'lessons.md',
  /** What the deployment began with, so that it goes on with the same after an interruption. */
  lessonsGiven: 'lessons-given.json',
  review: 'review.json',
  /** What the agent said and decided, a line each. */
  transcript: 'transcript.jsonl',
  runner: 'runner.json',
  profile: 'profile.json',
} as const;

/** Where the gate report of a phase is, relative to the workspace. */
export function gateReportFile(phase: number): string {
  return `gates/phase-${phase}.json`;
}

/** Where the cure that a lesson is about is, relative to the workspace. */
export function cureFile(lesson: string): string {
  return `cures/${encodeURIComponent(lesson)}.json`;
}

/** A failure that an agent's own edits cured; null if there is none of that lesson. Throws `workspace-invalid`. */
export function readCure(workspace: string, lesson: string): Promise<RecordedCure | null> {
  return readStored(workspace, cureFile(lesson), recordedCureSchema);
}

/** The manifest of a workspace; null if the directory has none. Throws `workspace-invalid` where it is broken. */
export function readManifest(workspace: string): Promise<DeploymentManifest | null> {
  return readStored(workspace, WORKSPACE_FILES.manifest, deploymentManifestSchema);
}

/** The plan; null if there is none yet. Throws `workspace-invalid`. */
export function readPlan(workspace: string): Promise<Plan | null> {
  return readStored(workspace, WORKSPACE_FILES.plan, planSchema);
}

/** The plan before anything was optimised; null if there is none yet. Throws `workspace-invalid`. */
export function readBaseline(workspace: string): Promise<Plan | null> {
  return readStored(workspace, WORKSPACE_FILES.baseline, planSchema);
}

/** Every attempt of phases 4 and 5; null if there was none yet. Throws `workspace-invalid`. */
export function readTrajectory(workspace: string): Promise<OptimizationTrajectory | null> {
  return readStored(workspace, WORKSPACE_FILES.trajectory, optimizationTrajectorySchema);
}

/** Problems met; null if there were none yet. Throws `workspace-invalid`. */
export function readIssues(workspace: string): Promise<DeploymentIssues | null> {
  return readStored(workspace, WORKSPACE_FILES.issues, deploymentIssuesSchema);
}

/** What the deployment taught, or was given; null if there is nothing yet. Throws `workspace-invalid`. */
export function readLessons(workspace: string, which: 'lessons' | 'lessonsGiven'): Promise<Lessons | null> {
  return readStored(workspace, WORKSPACE_FILES[which], lessonsSchema);
}

/** What a human answered last; null if nobody did. Throws `workspace-invalid`. */
export function readReview(workspace: string): Promise<RecordedReview | null> {
  return readStored(workspace, WORKSPACE_FILES.review, recordedReviewSchema);
}

/** What is needed to run the deployment; null before phase 6. Throws `workspace-invalid`. */
export function readRunner(workspace: string): Promise<RunnerManifest | null> {
  return readStored(workspace, WORKSPACE_FILES.runner, runnerManifestSchema);
}

/** Where the time goes; null before phase 6. Throws `workspace-invalid`. */
export function readProfile(workspace: string): Promise<PerformanceProfile | null> {
  return readStored(workspace, WORKSPACE_FILES.profile, performanceProfileSchema);
}

/** The gate report of a phase; null if there is none yet. Throws `workspace-invalid`. */
export function readGateReport(workspace: string, phase: number): Promise<GateReport | null> {
  return readStored(workspace, gateReportFile(phase), gateReportSchema);
}

async function readStored<T>(workspace: string, name: string, schema: Schema<T>): Promise<T | null> {
  const file = join(workspace, name);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw invalid(file, 'cannot be read', error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(file, 'is not JSON', error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(file, `has an unusable ${issue?.path.join('.') || 'content'}: ${issue?.message}`, parsed.error);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function invalid(file: string, reason: string, cause: unknown): TilewrightError {
  return new TilewrightError(
    'workspace-invalid',
    `${file} ${reason}.`,
    'Deploy into another directory, or remove this one if its content is not needed.',
    { file },
    { cause },
  );
}

/** A stored value as text: indented, with a line break at its end. */
export function storedJson(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EVALUATION_FILES, loadDeployment } from '@tilewright/phases';
import { TilewrightError } from '@tilewright/spec';
import {
  evaluationReportSchema,
  lessonSchema,
  optimizationTrajectorySchema,
  performanceProfileSchema,
  planSchema,
} from '@tilewright/spec/schemas';
import { z } from 'zod';
import type { ReportInput } from './report-input.ts';

/** Files of a workspace that the page shows, beside the manifest, the plan and the gate reports. */
export const REPORT_FILES: Readonly<
  Record<'initialPlan' | 'trajectory' | 'profile' | 'evaluation' | 'lessons', string>
> = {
  initialPlan: 'plan-initial.json',
  trajectory: 'perf_opt_traj.json',
  profile: 'profile.json',
  evaluation: EVALUATION_FILES.json,
  lessons: 'lessons.json',
};

/**
 * Reads a workspace through the schemas; what is not there is null. Throws `workspace-invalid` where there is
 * no deployment or where a file is broken, which it names.
 */
export async function loadReportInput(workspace: string): Promise<ReportInput> {
  const { manifest, plan, reports } = await loadDeployment(workspace);
  return {
    manifest,
    gateReports: reports,
    plan,
    initialPlan: await readOptional(join(workspace, REPORT_FILES.initialPlan), planSchema),
    trajectory: await readOptional(join(workspace, REPORT_FILES.trajectory), optimizationTrajectorySchema),
    profile: await readOptional(join(workspace, REPORT_FILES.profile), performanceProfileSchema),
    evaluation: await readOptional(join(workspace, REPORT_FILES.evaluation), evaluationReportSchema),
    lessons: await readOptional(join(workspace, REPORT_FILES.lessons), z.array(lessonSchema)),
    generatedAt: new Date().toISOString(),
  };
}

async function readOptional<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw broken(file, 'cannot be read', error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw broken(file, 'is not JSON', error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw broken(file, `has an unusable ${issue?.path.join('.') || 'content'}: ${issue?.message}`, parsed.error);
}

function broken(file: string, reason: string, cause: unknown): TilewrightError {
  return new TilewrightError(
    'workspace-invalid',
    `${file} ${reason}.`,
    'Remove the file to have the report without it, or deploy again to have it written anew.',
    { file },
    { cause },
  );
}

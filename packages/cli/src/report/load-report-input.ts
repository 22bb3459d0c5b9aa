import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  EVALUATION_FILES,
  loadDeployment,
  readBaseline,
  readLessons,
  readProfile,
  readTrajectory,
} from '@tilewright/phases';
import { type EvaluationReport, TilewrightError } from '@tilewright/spec';
import { evaluationReportSchema } from '@tilewright/spec/schemas';
import type { ReportInput } from './report-input.ts';

/**
 * Reads a workspace through the schemas; what is not there is null. Throws `workspace-invalid` where there is
 * no deployment or where a file is broken, which it names.
 */
export async function loadReportInput(workspace: string): Promise<ReportInput> {
  const { manifest, plan, reports } = await loadDeployment(workspace);
  const lessons = await readLessons(workspace, 'lessons');
  return {
    manifest,
    gateReports: reports,
    plan,
    initialPlan: await readBaseline(workspace),
    trajectory: await readTrajectory(workspace),
    profile: await readProfile(workspace),
    evaluation: await readEvaluation(join(workspace, EVALUATION_FILES.json)),
    lessons: lessons?.lessons ?? null,
    generatedAt: new Date().toISOString(),
  };
}

async function readEvaluation(file: string): Promise<EvaluationReport | null> {
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
  const parsed = evaluationReportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw broken(file, `has an unusable ${issue?.path.join('.') || 'content'}: ${issue?.message}`, parsed.error);
}

function broken(file: string, reason: string, cause: unknown): TilewrightError {
  return new TilewrightError(
    'workspace-invalid',
    `${file} ${reason}.`,
    'Have the deployment judged again with `tilewright evaluate`, or remove the file.',
    { file },
    { cause },
  );
}

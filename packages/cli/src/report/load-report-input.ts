import { loadDeployment, readBaseline, readLessons, readProfile, readTrajectory } from '@tilewright/phases';
import { readEvaluation } from '../workspace/read-evaluation.ts';
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
    evaluation: await readEvaluation(workspace),
    lessons: lessons?.lessons ?? null,
    generatedAt: new Date().toISOString(),
  };
}

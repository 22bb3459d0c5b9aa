import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { digest } from '@tilewright/gates';
import { EVALUATION_FILES, loadDeployment } from '@tilewright/phases';
import { type DeploymentManifest, type EvaluationReport, TilewrightError } from '@tilewright/spec';
import { evaluationReportSchema } from '@tilewright/spec/schemas';
import type { CommandContext } from '../command-context.ts';
import { type GateSummary, summariseGate } from '../workspace/gate-summary.ts';

export interface StatusResult {
  readonly directory: string;
  readonly status: DeploymentManifest['status'];
  /** Digest of plan.json as it is stored; null before there is one. */
  readonly planDigest: string | null;
  readonly manifest: DeploymentManifest;
  readonly gates: readonly GateSummary[];
  readonly evaluation: StoredVerdict | null;
}

/** The verdict that lies in the workspace; `current` if it is about the plan that lies there too. */
export interface StoredVerdict extends Pick<EvaluationReport, 'verdict' | 'summary' | 'evaluatedAt' | 'performance'> {
  readonly current: boolean;
}

/** How far a deployment came, as its workspace tells it. Judges nothing. */
export async function status(directory: string, { surroundings }: CommandContext): Promise<StatusResult> {
  const workspace = resolve(surroundings.cwd, directory);
  const { manifest, plan, reports } = await loadDeployment(workspace);
  const planDigest = plan === null ? null : digest(plan);
  const evaluation = await readEvaluation(join(workspace, EVALUATION_FILES.json));
  return {
    directory: workspace,
    status: manifest.status,
    planDigest,
    manifest,
    gates: reports.map(summariseGate),
    evaluation: evaluation && {
      verdict: evaluation.verdict,
      summary: evaluation.summary,
      evaluatedAt: evaluation.evaluatedAt,
      performance: evaluation.performance,
      current: evaluation.subjects.plan === planDigest,
    },
  };
}

async function readEvaluation(file: string): Promise<EvaluationReport | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unusable(file, (error as Error).message, error);
  }
  try {
    return evaluationReportSchema.parse(JSON.parse(text));
  } catch (error) {
    throw unusable(file, 'it is not an evaluation report', error);
  }
}

function unusable(file: string, reason: string, cause: unknown): TilewrightError {
  return new TilewrightError(
    'workspace-invalid',
    `${file} cannot be used: ${reason}.`,
    'Run `tilewright evaluate` again; it writes the report anew.',
    { file },
    { cause },
  );
}

import { resolve } from 'node:path';
import { digest } from '@tilewright/gates';
import { agentUse, type DeploymentAgentUse, loadDeployment } from '@tilewright/phases';
import type { DeploymentManifest, EvaluationReport } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { type GateSummary, summariseGate } from '../workspace/gate-summary.ts';
import { readEvaluation } from '../workspace/read-evaluation.ts';

export interface StatusResult {
  readonly directory: string;
  readonly status: DeploymentManifest['status'];
  /** Digest of plan.json as it is stored; null before there is one. */
  readonly planDigest: string | null;
  readonly manifest: DeploymentManifest;
  /** What the agent did and used, phase by phase and in all: costs by list price. */
  readonly agentUse: DeploymentAgentUse;
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
  const evaluation = await readEvaluation(workspace);
  return {
    directory: workspace,
    status: manifest.status,
    planDigest,
    manifest,
    agentUse: agentUse(manifest),
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

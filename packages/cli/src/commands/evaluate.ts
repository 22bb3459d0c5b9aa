import { resolve } from 'node:path';
import { evaluate as judge, renderEvaluationReport } from '@tilewright/evaluator';
import { EVALUATION_FILES, loadDeployment, recordVerdict } from '@tilewright/phases';
import type { EvaluationReport } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { namedTarget } from '../config/chosen-modules.ts';
import { trustedTarget } from '../workspace/open-deployment.ts';

export interface EvaluateRequest {
  /** The workspace that `deploy` wrote. */
  readonly directory: string;
  /** The model to judge against; by default the one that the deployment names. */
  readonly model?: string;
  /** By default the one that the deployment names, if it is built in. */
  readonly target?: string;
}

export interface EvaluateResult {
  readonly directory: string;
  readonly modelDirectory: string;
  /** Paths of what was written, within the directory. */
  readonly files: readonly string[];
  readonly report: EvaluationReport;
}

/** Judges a deployment anew and writes the report. Runs nothing of the deployer's but the target that the user names. */
export async function evaluate(request: EvaluateRequest, context: CommandContext): Promise<EvaluateResult> {
  const { surroundings, progress, signal } = context;
  const workspace = resolve(surroundings.cwd, request.directory);
  const { manifest } = await loadDeployment(workspace);
  const modelDirectory = resolve(
    request.model === undefined ? workspace : surroundings.cwd,
    request.model ?? manifest.model.directory,
  );
  const { value: target } = await namedTarget(request.target ?? trustedTarget(manifest), surroundings.cwd);
  const report = await judge({
    workspace,
    modelDirectory,
    target,
    signal,
    onProgress: (line) => progress.step(line),
  });
  await recordVerdict(workspace, report, renderEvaluationReport(report));
  return { directory: workspace, modelDirectory, files: Object.values(EVALUATION_FILES), report };
}

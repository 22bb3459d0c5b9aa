import { resolve } from 'node:path';
import { claimedValue, evaluate as judge, readClaims, renderEvaluationReport } from '@tilewright/evaluator';
import { EVALUATION_FILES, recordVerdict } from '@tilewright/phases';
import { type DeploymentManifest, type EvaluationReport, TilewrightError } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { namedTarget } from '../config/chosen-modules.ts';
import { deployedModelPath, resolveModel } from '../model/resolve-model.ts';
import { withOracleEngine } from '../model/with-oracle-engine.ts';
import { trustedTarget } from '../workspace/open-deployment.ts';

export interface EvaluateRequest {
  /** The workspace that `deploy` wrote. */
  readonly directory: string;
  /** The model to judge against; by default the one that the deployment names. */
  readonly model?: string;
  /** By default the one that the deployment names, if it is built in. */
  readonly target?: string;
  /** What whoever asks needs the plan to take; a shorter one fails. */
  readonly prefillLength?: number;
  readonly contextLength?: number;
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
  const manifest = await manifestOf(workspace);
  const modelDirectory =
    request.model === undefined
      ? await deployedModelPath(manifest.model, workspace, context)
      : (await resolveModel(request.model, context)).path;
  const { value: target } = await namedTarget(request.target ?? trustedTarget(manifest), surroundings.cwd);
  const report = await withOracleEngine(surroundings, (oracle) =>
    judge({
      oracle,
      workspace,
      modelDirectory,
      target,
      atLeast: {
        ...(request.prefillLength !== undefined && { promptTokens: request.prefillLength }),
        ...(request.contextLength !== undefined && { contextTokens: request.contextLength }),
      },
      signal,
      onProgress: (line) => progress.step(line),
    }),
  );
  await recordVerdict(workspace, report, renderEvaluationReport(report));
  return { directory: workspace, modelDirectory, files: Object.values(EVALUATION_FILES), report };
}

/** Where model and target are found; everything else in the workspace is read by the evaluator, as claims. */
async function manifestOf(workspace: string): Promise<DeploymentManifest> {
  const { manifest } = await readClaims(workspace);
  const claimed = claimedValue(manifest);
  if (claimed !== null) return claimed;
  const reason = manifest.state === 'read' ? '' : manifest.reason;
  throw new TilewrightError(
    'workspace-invalid',
    `${workspace} is no deployment that can be judged: deployment.json: ${reason}.`,
    'Give the directory that `tilewright deploy` was told to write to.',
    { file: workspace },
  );
}

import { resolve } from 'node:path';
import { loadDeployment, recordReview } from '@tilewright/phases';
import type { Review } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { deployedModelPath } from '../model/resolve-model.ts';
import { deploy } from './deploy.ts';
import type { DeployOutcome } from './run-deployment.ts';

export interface ReviewRequest {
  /** A deployment that waits. */
  readonly directory: string;
  readonly review: Exclude<Review, { kind: 'wait' }>;
  /** As for `deploy`: what the deployment was begun with, where that is not built in. */
  readonly target?: string;
  readonly agent?: string;
  readonly skills: readonly string[];
}

/** Records a human's answer and goes on with the deployment, up to the next checkpoint. */
export async function review(request: ReviewRequest, context: CommandContext): Promise<DeployOutcome> {
  const workspace = resolve(context.surroundings.cwd, request.directory);
  const { manifest, plan } = await loadDeployment(workspace);
  await recordReview(workspace, request.review);
  return deploy(
    {
      model: await deployedModelPath(manifest.model, workspace, context),
      out: workspace,
      yes: false,
      interactive: false,
      seed: manifest.seed,
      skills: request.skills,
      ...(plan && { prefillLength: plan.prefillLength, contextLength: plan.contextLength }),
      ...(request.target !== undefined && { target: request.target }),
      ...(request.agent !== undefined && { agent: request.agent }),
    },
    context,
  );
}

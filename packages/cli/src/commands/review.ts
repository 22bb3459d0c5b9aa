import { resolve } from 'node:path';
import { loadDeployment, recordReview } from '@tilewright/phases';
import type { Review } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { isNamedWithoutModule } from '../config/chosen-modules.ts';
import { deployedModelPath } from '../model/resolve-model.ts';
import { type DeployCommandOutcome, deploy } from './deploy.ts';

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
export async function review(request: ReviewRequest, context: CommandContext): Promise<DeployCommandOutcome> {
  const workspace = resolve(context.surroundings.cwd, request.directory);
  const { manifest, plan } = await loadDeployment(workspace);
  await recordReview(workspace, request.review);
  // Goes on with the agent that it was begun with, as far as that needs no module of whoever made the deployment.
  const begunWith = isNamedWithoutModule(manifest.agent.module) ? manifest.agent.module : undefined;
  const agent = request.agent ?? begunWith;
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
      ...(agent !== undefined && { agent }),
      ...(manifest.budget && { budget: manifest.budget }),
    },
    context,
  );
}

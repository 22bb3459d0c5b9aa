import { basename, resolve } from 'node:path';
import { modelDigest } from '@tilewright/gates';
import type { Sampling } from '@tilewright/npu-runtime';
import { type OpenModel, openModel } from '@tilewright/oracle';
import { type DeploymentManifest, type Plan, seededRandom, type Target, TilewrightError } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { type DeployedText, deployedText } from '../generation/deployed-text.ts';
import { deployedModelPath } from '../model/resolve-model.ts';
import { openDeployment } from '../workspace/open-deployment.ts';
import { planEstimate } from './plan-estimate.ts';
import { type PromptRequest, promptTokens } from './prompt-tokens.ts';
import { type SectionTimes, sectionTimes } from './section-times.ts';

export interface RunRequest extends PromptRequest {
  /** The workspace that `deploy` wrote. */
  readonly directory: string;
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** For temperatures above 0. */
  readonly seed: number;
  /** In place of the target that the deployment names. */
  readonly target?: string;
}

/** Times are the target's, and say whether they are estimates. */
export interface RunResult extends DeployedText {
  readonly model: string;
  readonly target: string;
  /** Null where the model has no tokenizer. */
  readonly prompt: string | null;
  readonly text: string | null;
  readonly promptTokens: readonly number[];
  /** What the prompt was padded to: the time to first token is that of a prompt of this length. */
  readonly prefillLength: number;
  readonly sampling: { readonly temperature: number; readonly seed: number | null };
  /** Estimated times by step; null where the target has no estimates. */
  readonly sections: readonly SectionTimes[] | null;
}

/** Continues a prompt with a deployed model on its target. */
export async function run(request: RunRequest, context: CommandContext): Promise<RunResult> {
  const { signal, progress, surroundings } = context;
  if (request.maxTokens < 1) throw new TilewrightError('usage', '--max-tokens is 0.', 'Ask for at least one token.');
  const workspace = resolve(surroundings.cwd, request.directory);
  const { manifest, plan, target } = await openDeployment(workspace, {
    cwd: surroundings.cwd,
    ...(request.target !== undefined && { target: request.target }),
  });
  const model = await openModel(await deployedModelPath(manifest.model, workspace, context));
  try {
    await requireSameModel(model, manifest, signal);
    const prompt = await promptTokens(request, model);
    const generated = await deployedText({
      model,
      plan,
      target,
      prompt,
      maxTokens: request.maxTokens,
      sampling: sampling(request),
      signal,
      progress,
    });
    const tokenizer = await model.tokenizer().catch(() => null);
    return {
      ...generated,
      model: basename(manifest.model.directory),
      target: target.device.name,
      prompt: tokenizer?.decode(prompt) ?? null,
      text: tokenizer?.decode(generated.tokens) ?? null,
      promptTokens: prompt,
      prefillLength: plan.prefillLength,
      sections: await estimatedSections(plan, target, signal),
      sampling: { temperature: request.temperature, seed: request.temperature === 0 ? null : request.seed },
    };
  } finally {
    await model.close();
  }
}

async function estimatedSections(
  plan: Plan,
  target: Target,
  signal: AbortSignal,
): Promise<readonly SectionTimes[] | null> {
  if (target.estimate === undefined) return null;
  const { prefill, decode, head } = await planEstimate(plan, target, {}, { signal });
  return [prefill, decode, head].map((section) => sectionTimes(section, plan, null));
}

function sampling({ temperature, seed }: RunRequest): Sampling {
  return temperature === 0 ? { kind: 'greedy' } : { kind: 'random', temperature, random: seededRandom(seed) };
}

/** What was judged is this plan with these weights; other weights were never judged. */
async function requireSameModel(
  model: OpenModel,
  manifest: DeploymentManifest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const found = modelDigest(model.spec, await model.digest(signal));
  if (found === manifest.model.digest) return;
  throw new TilewrightError(
    'workspace-invalid',
    `${model.directory} is not the model that was deployed: somebody changed it.`,
    'Deploy it into a new directory, or put the model back.',
    { file: model.directory, expected: manifest.model.digest, got: found },
  );
}

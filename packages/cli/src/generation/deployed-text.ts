import { lowerPlan } from '@tilewright/kernel-registry';
import { deployModel, generate, type Sampling } from '@tilewright/npu-runtime';
import type { OpenModel } from '@tilewright/oracle';
import { type Plan, type Target, TilewrightError } from '@tilewright/spec';
import type { Progress } from '../progress/progress.ts';

export interface DeployedTextRequest {
  readonly model: OpenModel;
  readonly plan: Plan;
  readonly target: Target;
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  readonly sampling: Sampling;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** A continuation computed on the target, with the time that the target and the host's part took for it. */
export interface DeployedText {
  readonly tokens: readonly number[];
  readonly ended: 'end-of-text' | 'max-tokens' | 'context-full';
  readonly timing: 'estimate' | 'measurement';
  readonly timeToFirstTokenUs: number;
  /** Null where fewer than two tokens were generated. */
  readonly decodeTokensPerSecond: number | null;
}

/** Compiles the plan, opens the target and continues a prompt. Throws `context-exceeded` for a prompt that does not fit. */
export async function deployedText(request: DeployedTextRequest): Promise<DeployedText> {
  const { model, plan, target, prompt, signal, progress } = request;
  requireFits(plan, prompt);
  progress.step(`compiling for ${target.device.name}`);
  const compiled = await target.compile(lowerPlan(plan, target.device), { signal });
  const deployed = await deployModel({ plan, compiled, target, weights: model.weights, signal });
  try {
    const room = plan.contextLength - prompt.length + 1;
    const maxTokens = Math.min(request.maxTokens, room);
    const tokens: number[] = [];
    const times: number[] = [];
    let timing: DeployedText['timing'] = target.timing;
    progress.step(`prefill of ${prompt.length} tokens`);
    for await (const generated of generate(deployed.start(), {
      prompt,
      maxTokens,
      stopTokens: plan.model.endOfTextTokens,
      sampling: request.sampling,
      signal,
    })) {
      tokens.push(generated.token);
      times.push(generated.us);
      timing = generated.timing;
      progress.step(`token ${tokens.length} of ${maxTokens}`);
    }
    const [timeToFirstTokenUs = 0, ...decodeUs] = times;
    const decodeTotalUs = decodeUs.reduce((sum, us) => sum + us, 0);
    return {
      tokens,
      ended: tokens.length < maxTokens ? 'end-of-text' : maxTokens < request.maxTokens ? 'context-full' : 'max-tokens',
      timing,
      timeToFirstTokenUs,
      decodeTokensPerSecond: decodeUs.length === 0 ? null : (decodeUs.length / decodeTotalUs) * 1e6,
    };
  } finally {
    await deployed.close();
  }
}

function requireFits(plan: Plan, prompt: readonly number[]): void {
  const most = Math.min(plan.prefillLength, plan.contextLength);
  if (prompt.length <= most) return;
  throw new TilewrightError(
    'context-exceeded',
    `The prompt has ${prompt.length} tokens, and this deployment takes at most ${most}.`,
    'Give a shorter prompt, or deploy again with a larger --prefill-length and --context-length.',
    { field: '--prompt', expected: most, got: prompt.length },
  );
}

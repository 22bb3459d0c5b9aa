import { type GatePrompt, oracleGate, randomTokens } from '@tilewright/gates';
import { type OpenModel, type OracleOptions, openModel } from '@tilewright/oracle';
import type { TransformersVersions } from '@tilewright/oracle/transformers';
import type { GateReport } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { resolveModel } from '../model/resolve-model.ts';
import { withOracleEngine } from '../model/with-oracle-engine.ts';
import { openInTransformers } from './open-reference.ts';
import { DEFAULT_PROMPT, type PromptRequest, promptTokens } from './prompt-tokens.ts';

export interface TransformersVerificationRequest extends PromptRequest {
  readonly model: string;
  /** Tokens of the random prompt, where none is given. */
  readonly length: number;
  readonly seed: number;
  /** Tokens that each prompt is continued with. */
  readonly greedy: number;
  /** `states`: the residual stream and the logits only. */
  readonly scope: 'states' | 'kernels';
}

export interface TransformersVerification {
  readonly directory: string;
  readonly passed: boolean;
  readonly versions: TransformersVersions;
  readonly prompts: readonly { readonly name: string; readonly tokens: number }[];
  readonly report: GateReport;
}

/** Runs a model in Hugging Face transformers and in the oracle, and compares what they compute. */
export function verifyWithTransformers(
  request: TransformersVerificationRequest,
  context: CommandContext,
): Promise<TransformersVerification> {
  return withOracleEngine(context.surroundings, (options) => verified(request, context, options));
}

async function verified(
  request: TransformersVerificationRequest,
  context: CommandContext,
  options: OracleOptions,
): Promise<TransformersVerification> {
  const { surroundings, progress, signal } = context;
  const model = await openModel((await resolveModel(request.model, context)).path, options);
  try {
    const prompts = await chosenPrompts(request, model);
    progress.step('opening the model in transformers');
    const reference = await openInTransformers(surroundings, model, signal);
    try {
      const { oracle } = model;
      const { greedy: greedyTokens, scope, seed } = request;
      const report = await oracleGate({
        ...{ golden: null, seeds: [seed], subjects: { model: model.directory } },
        comparison: { oracle, reference, prompts, greedyTokens, scope, signal },
        onProgress: ({ subject, made, planned }) => progress.step(`${subject} (${made} of ${planned})`),
      });
      return {
        directory: model.directory,
        passed: report.verdict === 'pass',
        versions: reference.versions,
        prompts: prompts.map(({ name, tokens }) => ({ name, tokens: tokens.length })),
        report,
      };
    } finally {
      await reference.close();
    }
  } finally {
    await model.close();
  }
}

/** What was given; else random tokens, and some text where the model has a tokenizer. */
async function chosenPrompts(request: TransformersVerificationRequest, model: OpenModel): Promise<GatePrompt[]> {
  const { prompt, tokens, length, seed, greedy } = request;
  if (prompt !== undefined || tokens !== undefined) {
    return [{ name: 'given', tokens: await promptTokens(request, model) }];
  }
  const room = Math.max(1, model.spec.maxPositions - greedy);
  const drawn = { name: `seed ${seed}`, tokens: randomTokens(model.spec, Math.min(length, room), seed) };
  const tokenizer = await model.tokenizer().catch(() => null);
  return tokenizer === null ? [drawn] : [drawn, { name: 'text', tokens: tokenizer.encode(DEFAULT_PROMPT) }];
}

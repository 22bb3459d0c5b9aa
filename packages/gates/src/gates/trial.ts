import { type ModelSpec, seededRandom } from '@tilewright/spec';
import type { GatePrompt } from './gate-request.ts';

/** One run that a gate makes: a prompt, and the tokens that decode steps are fed with. */
export interface Trial {
  readonly name: string;
  readonly prompt: readonly number[];
  readonly continuation: readonly number[];
}

/** Random tokens that begin as texts do, if the model has a token for that. */
export function randomTokens(model: ModelSpec, count: number, seed: number): number[] {
  const random = seededRandom(seed);
  const tokens = Array.from({ length: count }, () => random.integer(0, model.vocabularySize));
  if (model.beginOfTextToken !== null && count > 0) tokens[0] = model.beginOfTextToken;
  return tokens;
}

/** The trials of a gate: one for each seed, one for each given prompt. */
export function trials(
  model: ModelSpec,
  request: {
    readonly seeds: readonly number[];
    readonly promptTokens: number;
    readonly prompts?: readonly GatePrompt[];
  },
  decodeSteps: number,
): Trial[] {
  const drawn = request.seeds.map((seed) => {
    const tokens = randomTokens(model, request.promptTokens + decodeSteps, seed);
    return {
      name: `seed ${seed}`,
      prompt: tokens.slice(0, request.promptTokens),
      continuation: tokens.slice(request.promptTokens),
    };
  });
  const given = (request.prompts ?? []).map(({ name, tokens }, index) => ({
    name,
    prompt: tokens,
    continuation: randomTokens(model, decodeSteps + 1, (request.seeds[0] ?? 0) + index + 1).slice(1),
  }));
  return [...drawn, ...given];
}

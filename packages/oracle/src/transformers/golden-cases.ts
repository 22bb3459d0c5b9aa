import { type ModelSpec, seededRandom, TilewrightError } from '@tilewright/spec';
import type { TransformersModel } from './open-transformers.ts';

/** One prompt of a golden, before anything is computed. */
export interface PlannedCase {
  readonly name: string;
  readonly tokens: readonly number[];
  /** What the tokens are the tokens of, where it was given as text. */
  readonly text?: string;
  /** Whether every kernel is recorded, or the residual stream and the logits only. */
  readonly scope: 'states' | 'kernels';
}

/** Of every case, unless the model's context ends before. */
export const GREEDY_TOKENS = 32;
/** Every kernel of every position is much: it is recorded of a prompt that is no longer than this. */
const MOST_TOKENS_WITH_KERNELS = 32;
/** Random prompts, where none is given: nothing to attend to, a few tiles' remainder, and past most block sizes. */
const DRAWN = [
  { name: 'one', length: 1 },
  { name: 'short', length: 13 },
  { name: 'long', length: 97 },
];

/** The prompts that were given, or three random ones; one of them with every kernel. Throws `usage`, `token-out-of-range`. */
export async function plannedCases(
  model: ModelSpec,
  reference: Pick<TransformersModel, 'encode'>,
  request: { readonly prompts: readonly string[]; readonly tokens?: readonly number[]; readonly seed: number },
): Promise<PlannedCase[]> {
  const named: Omit<PlannedCase, 'scope'>[] = [];
  for (const [i, text] of request.prompts.entries()) {
    named.push({ name: `text-${i + 1}`, text, tokens: await reference.encode(text) });
  }
  if (request.tokens !== undefined) named.push({ name: 'tokens', tokens: request.tokens });
  const cases = named.length > 0 ? named : drawn(model, request.seed);
  for (const { name, tokens } of cases) requirePossible(model, name, tokens);
  return withKernels(cases);
}

function drawn(model: ModelSpec, seed: number): Omit<PlannedCase, 'scope'>[] {
  const random = seededRandom(seed);
  return DRAWN.filter(({ length }) => length === 1 || length + GREEDY_TOKENS <= model.maxPositions).map(
    ({ name, length }) => ({
      name,
      tokens: Array.from({ length }, () => random.integer(0, model.vocabularySize)),
    }),
  );
}

/** The longest prompt that is short enough has every kernel; where all are longer, the beginning of the first, as a case more. */
function withKernels(cases: readonly Omit<PlannedCase, 'scope'>[]): PlannedCase[] {
  const short = cases.filter(({ tokens }) => tokens.length <= MOST_TOKENS_WITH_KERNELS);
  const chosen = short.reduce<(typeof short)[number] | null>(
    (longest, one) => (longest === null || one.tokens.length > longest.tokens.length ? one : longest),
    null,
  );
  const planned = cases.map((one): PlannedCase => ({ ...one, scope: one === chosen ? 'kernels' : 'states' }));
  if (chosen !== null) return planned;
  const tokens = (cases[0]?.tokens ?? []).slice(0, MOST_TOKENS_WITH_KERNELS);
  return [{ name: 'beginning', tokens, scope: 'kernels' }, ...planned];
}

function requirePossible(model: ModelSpec, name: string, tokens: readonly number[]): void {
  if (tokens.length === 0 || tokens.length > model.maxPositions) {
    throw new TilewrightError(
      'usage',
      `The prompt ${name} has ${tokens.length} tokens.`,
      `Give 1 to ${model.maxPositions}.`,
      { expected: `1 to ${model.maxPositions}`, got: tokens.length },
    );
  }
  const wrong = tokens.find((token) => !(Number.isInteger(token) && token >= 0 && token < model.vocabularySize));
  if (wrong === undefined) return;
  throw new TilewrightError(
    'token-out-of-range',
    `Token ${wrong} is outside the vocabulary of ${model.vocabularySize} tokens.`,
    `Give tokens from 0 to ${model.vocabularySize - 1}.`,
    { expected: `below ${model.vocabularySize}`, got: wrong },
  );
}

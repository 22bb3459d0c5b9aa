import type { OpenModel } from '@tilewright/oracle';
import { TilewrightError } from '@tilewright/spec';

/** A prompt, as text or as token numbers; not both. */
export interface PromptRequest {
  readonly prompt?: string;
  readonly tokens?: readonly number[];
}

/** What is taken where no prompt is given: the opening of the play that the bundled model was trained on. */
export const DEFAULT_PROMPT = 'ROMEO:\nWhat light';

/**
 * The tokens of the prompt that was given; without one, those of the default prompt. Throws `usage`, `token-out-of-range`, `tokenizer-unusable`.
 */
export async function promptTokens(request: PromptRequest, model: OpenModel): Promise<readonly number[]> {
  const { prompt, tokens } = request;
  if (prompt !== undefined && tokens !== undefined) {
    throw new TilewrightError('usage', 'There are both --prompt and --tokens.', 'Give one of them.');
  }
  if (tokens !== undefined) return requireWithinVocabulary(tokens, model.spec.vocabularySize);
  const encoded = (await model.tokenizer()).encode(prompt ?? DEFAULT_PROMPT);
  if (encoded.length === 0) {
    throw new TilewrightError('usage', 'The prompt has no tokens.', 'Give some text.', { field: '--prompt' });
  }
  return encoded;
}

function requireWithinVocabulary(tokens: readonly number[], vocabularySize: number): readonly number[] {
  const wrong = tokens.find((token) => token >= vocabularySize);
  if (wrong === undefined) return tokens;
  throw new TilewrightError(
    'token-out-of-range',
    `Token ${wrong} is outside the vocabulary of ${vocabularySize} tokens.`,
    `Give tokens from 0 to ${vocabularySize - 1}.`,
    { field: '--tokens', expected: `below ${vocabularySize}`, got: wrong },
  );
}

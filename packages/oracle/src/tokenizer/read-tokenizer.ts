import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { TilewrightError, type Tokenizer } from '@tilewright/spec';
import { exists } from '../files/exists.ts';
import { readJsonObject } from '../files/read-json.ts';

/**
 * Reads `tokenizer.json`, and `tokenizer_config.json` where there is one. Encoding adds the
 * begin-of-text token where the tokenizer does; decoding skips special tokens. Throws
 * `tokenizer-unusable` if there is none or the library rejects it.
 */
export async function readTokenizer(directory: string): Promise<Tokenizer> {
  const file = join(directory, 'tokenizer.json');
  const configFile = join(directory, 'tokenizer_config.json');
  try {
    const config = (await exists(configFile)) ? await readJsonObject(configFile) : {};
    return tokenizerFrom(await readJsonObject(file), config, file);
  } catch (error) {
    throw unusableTokenizer(file, error);
  }
}

/** A tokenizer from what a `tokenizer.json` holds; `file` is for the message. Throws `tokenizer-unusable`. */
export function tokenizerFrom(json: Record<string, unknown>, config: Record<string, unknown>, file: string): Tokenizer {
  let tokenizer: HuggingFaceTokenizer;
  try {
    tokenizer = new HuggingFaceTokenizer(json, config);
  } catch (error) {
    throw unusableTokenizer(file, error);
  }
  return {
    encode: (text) => tokenizer.encode(text).ids,
    // The library answers an empty list with an error.
    decode: (tokens) => (tokens.length === 0 ? '' : tokenizer.decode([...tokens], { skip_special_tokens: true })),
  };
}

function unusableTokenizer(file: string, cause: unknown): TilewrightError {
  if (TilewrightError.isInstance(cause) && cause.code === 'tokenizer-unusable') return cause;
  return new TilewrightError(
    'tokenizer-unusable',
    `${file} cannot be used as a tokenizer: ${(cause as Error).message}`,
    'Give a model directory with the tokenizer.json of its fast tokenizer, or pass token numbers.',
    { file },
    { cause },
  );
}

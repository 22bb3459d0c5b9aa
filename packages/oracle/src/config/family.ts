import { type ModelFamily, TilewrightError } from '@tilewright/spec';
import { invalidConfig } from './config-error.ts';

const CAUSAL_LM: Readonly<Record<ModelFamily, string>> = {
  llama: 'LlamaForCausalLM',
  mistral: 'MistralForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
};
const FAMILIES = Object.keys(CAUSAL_LM) as readonly ModelFamily[];

/**
 * The family of a parsed `config.json`, from `model_type` and `architectures`, which must agree.
 * Throws `architecture-unsupported`, naming what was found, and `config-invalid` if nothing says it.
 */
export function readFamily(config: Readonly<Record<string, unknown>>, file: string): ModelFamily {
  const { model_type: modelType, architectures } = config;
  if (modelType !== undefined && typeof modelType !== 'string') {
    throw invalidConfig(file, 'model_type', 'a string', modelType);
  }
  const names = architectures ?? [];
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) {
    throw invalidConfig(file, 'architectures', 'a list of names', architectures);
  }
  if (modelType === undefined && names.length === 0) {
    throw invalidConfig(file, 'model_type', `one of ${FAMILIES.join(', ')}`, undefined);
  }
  const family = FAMILIES.find((known) =>
    modelType === undefined ? names.includes(CAUSAL_LM[known]) : known === modelType,
  );
  if (family === undefined) {
    const field = modelType === undefined ? 'architectures' : 'model_type';
    throw unsupported(file, field, modelType ?? names.join(', '));
  }
  if (names.length > 0 && !names.includes(CAUSAL_LM[family]))
    throw unsupported(file, 'architectures', names.join(', '));
  return family;
}

function unsupported(file: string, field: string, got: string): TilewrightError {
  return new TilewrightError(
    'architecture-unsupported',
    `The architecture ${got} (${field} in ${file}) is not supported.`,
    `Use a causal language model of the families ${FAMILIES.join(', ')}.`,
    { file, field, expected: FAMILIES.map((family) => CAUSAL_LM[family]).join(', '), got },
  );
}

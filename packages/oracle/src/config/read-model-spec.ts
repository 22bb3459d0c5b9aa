import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFamily, ModelSpec } from '@tilewright/spec';
import { fileError } from '../files/file-error.ts';
import { readJsonObject } from '../files/read-json.ts';
import { GgufFile } from '../gguf/gguf-file.ts';
import { ggufModelSpec } from '../gguf/gguf-model-spec.ts';
import { isGgufPath } from '../gguf/is-gguf-path.ts';
import { SYNTHETIC } from '../model-place.ts';
import { invalidConfig } from './config-error.ts';
import { readFamily } from './family.ts';
import { type HuggingFaceConfig, parseHuggingFaceConfig } from './hugging-face-config.ts';
import { refuseUnsupported } from './refuse-unsupported.ts';
import { readRopeSpec } from './rope-spec.ts';

/** Defaults of transformers, where a configuration does not say. */
const DEFAULT_EPSILON = 1e-6;
const QWEN3_DEFAULT_HEAD_DIM = 128;

/**
 * Reads a model's shapes and arithmetic from its `config.json`, given the file or its directory, or from a GGUF file. No
 * weights are needed or looked at, so `weightFormat` is null; `openModel` fills it in. Throws
 * `file-missing`, `file-malformed`, `config-invalid`, `architecture-unsupported`, `feature-unsupported`.
 */
export async function readModelSpec(configOrDirectory: string): Promise<ModelSpec> {
  if (isGgufPath(configOrDirectory)) return readGgufSpec(configOrDirectory);
  const file = await configFile(configOrDirectory.replace(SYNTHETIC, ''));
  return modelSpecFromConfig(await readJsonObject(file), file);
}

async function readGgufSpec(path: string): Promise<ModelSpec> {
  const gguf = await GgufFile.open(path);
  try {
    return await ggufModelSpec(gguf);
  } finally {
    await gguf.close();
  }
}

/** The same from a parsed configuration; `file` is for the messages. */
export function modelSpecFromConfig(value: Readonly<Record<string, unknown>>, file: string): ModelSpec {
  const family = readFamily(value, file);
  const config = parseHuggingFaceConfig(value, file);
  refuseUnsupported(config, family, file);
  const endOfText = config.eos_token_id ?? [];
  return {
    specificationVersion: 'v1',
    family,
    layers: config.num_hidden_layers,
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    ...readHeads(config, family, file),
    vocabularySize: config.vocab_size,
    maxPositions: config.max_position_embeddings,
    rmsNormEpsilon: config.rms_norm_eps ?? DEFAULT_EPSILON,
    rope: readRopeSpec(config, file),
    activation: 'silu',
    attention: { mask: 'causal', window: null },
    tiedHead: config.tie_word_embeddings ?? false,
    bias: readBias(config, family),
    qkNorm: family === 'qwen3',
    weightFormat: null,
    beginOfTextToken: withinVocabulary([config.bos_token_id ?? -1], config)[0] ?? null,
    endOfTextTokens: withinVocabulary(typeof endOfText === 'number' ? [endOfText] : endOfText, config),
  };
}

async function configFile(path: string): Promise<string> {
  try {
    return (await stat(path)).isDirectory() ? join(path, 'config.json') : path;
  } catch (error) {
    throw fileError(error, path);
  }
}

function readHeads(
  config: HuggingFaceConfig,
  family: ModelFamily,
  file: string,
): Pick<ModelSpec, 'heads' | 'keyValueHeads' | 'headDim'> {
  const heads = config.num_attention_heads;
  const keyValueHeads = config.num_key_value_heads ?? heads;
  if (heads % keyValueHeads !== 0) {
    throw invalidConfig(file, 'num_key_value_heads', `a divisor of num_attention_heads, ${heads}`, keyValueHeads);
  }
  const implicit = config.head_dim === undefined && family === 'qwen3' ? QWEN3_DEFAULT_HEAD_DIM : null;
  const headDim = config.head_dim ?? implicit ?? config.hidden_size / heads;
  if (!Number.isInteger(headDim)) {
    const expected = `a multiple of num_attention_heads, ${heads}, as there is no head_dim`;
    throw invalidConfig(file, 'hidden_size', expected, config.hidden_size);
  }
  if (headDim % 2 !== 0) {
    const field = config.head_dim ? 'head_dim' : 'hidden_size';
    throw invalidConfig(file, field, 'such that a head is even (the rotary embedding turns pairs)', headDim);
  }
  return { heads, keyValueHeads, headDim };
}

/** Which projections have a bias is partly in the configuration and partly in the family's code. */
function readBias(config: HuggingFaceConfig, family: ModelFamily): ModelSpec['bias'] {
  const attention = config.attention_bias ?? false;
  switch (family) {
    case 'llama':
      return { qkv: attention, output: attention, mlp: config.mlp_bias ?? false };
    case 'mistral':
      return { qkv: false, output: false, mlp: false };
    case 'qwen2':
      return { qkv: true, output: false, mlp: false };
    case 'qwen3':
      return { qkv: attention, output: attention, mlp: false };
  }
}

/** Reduced models keep the token numbers of their large relatives; one beyond the vocabulary cannot occur. */
function withinVocabulary(tokens: readonly number[], config: HuggingFaceConfig): number[] {
  return tokens.filter((token) => token >= 0 && token < config.vocab_size);
}

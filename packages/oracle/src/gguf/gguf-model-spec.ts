import { type ModelFamily, type ModelSpec, type RopeSpec, TilewrightError } from '@tilewright/spec';
import { unsupportedInGguf } from './gguf-error.ts';
import type { GgufFile } from './gguf-file.ts';
import { refuseUnsupportedGguf } from './refuse-unsupported.ts';
import { ropeScalingOf } from './rope-factors.ts';
import { ROPE_FREQUENCIES } from './tensor-names.ts';

/** GGUF's architectures to families. Mistral models are written as llama, whose arithmetic is the same. */
const FAMILIES: Readonly<Record<string, ModelFamily>> = { llama: 'llama', qwen2: 'qwen2', qwen3: 'qwen3' };
const DEFAULT_THETA = 10000;

/**
 * A model's shapes and arithmetic from the metadata of a GGUF file, and from which tensors it has: a bias that is
 * there is added, and a head that is not there is tied. Throws `config-invalid`, `architecture-unsupported`,
 * `feature-unsupported`, `tensor-missing`, `tensor-misshapen`.
 */
export async function ggufModelSpec(gguf: GgufFile): Promise<ModelSpec> {
  const { metadata, tensors } = gguf;
  const family = readFamily(gguf);
  const key = (name: string): string => `${family}.${name}`;
  refuseUnsupportedGguf(gguf, family);
  const hiddenSize = metadata.integer(key('embedding_length'), 1, 2 ** 20);
  const vocabularySize = readVocabularySize(gguf, hiddenSize, key('vocab_size'));
  const heads = readHeads(gguf, family, hiddenSize);
  return {
    specificationVersion: 'v1',
    family,
    layers: metadata.integer(key('block_count'), 1, 2 ** 12),
    hiddenSize,
    intermediateSize: metadata.integer(key('feed_forward_length'), 1, 2 ** 22),
    ...heads,
    vocabularySize,
    maxPositions: metadata.integer(key('context_length'), 1, 2 ** 30),
    rmsNormEpsilon: metadata.positive(key('attention.layer_norm_rms_epsilon')),
    rope: await readRope(gguf, family, heads.headDim),
    activation: 'silu',
    attention: { mask: 'causal', window: null },
    tiedHead: !tensors.has('output.weight'),
    bias: {
      qkv: tensors.has('blk.0.attn_q.bias'),
      output: tensors.has('blk.0.attn_output.bias'),
      mlp: tensors.has('blk.0.ffn_gate.bias'),
    },
    qkNorm: family === 'qwen3',
    weightFormat: null,
    ...readEnds(gguf, vocabularySize),
  };
}

function readFamily({ metadata, file }: GgufFile): ModelFamily {
  const architecture = metadata.text('general.architecture');
  const family = FAMILIES[architecture];
  if (family !== undefined) return family;
  const known = Object.keys(FAMILIES).join(', ');
  throw new TilewrightError(
    'architecture-unsupported',
    `The architecture ${architecture} (general.architecture in ${file}) is not supported.`,
    `Use a causal language model of the architectures ${known}.`,
    { file, field: 'general.architecture', expected: known, got: architecture },
  );
}

function readHeads(
  { metadata, file }: GgufFile,
  family: ModelFamily,
  hiddenSize: number,
): Pick<ModelSpec, 'heads' | 'keyValueHeads' | 'headDim'> {
  const key = (name: string): string => `${family}.${name}`;
  for (const name of ['attention.head_count', 'attention.head_count_kv', 'feed_forward_length']) {
    if (!metadata.isList(key(name))) continue;
    throw unsupportedInGguf(
      file,
      key(name),
      'A size that differs from layer to layer',
      'Use a model whose layers are all alike.',
    );
  }
  const heads = metadata.integer(key('attention.head_count'), 1, 2 ** 14);
  const keyValueKey = key('attention.head_count_kv');
  const keyValueHeads = metadata.has(keyValueKey) ? metadata.integer(keyValueKey, 1, 2 ** 14) : heads;
  if (heads % keyValueHeads !== 0) throw metadata.invalid(keyValueKey, `a divisor of attention.head_count, ${heads}`);
  const lengthKey = key('attention.key_length');
  const headDim = metadata.has(lengthKey) ? metadata.integer(lengthKey, 2, 2 ** 14) : hiddenSize / heads;
  if (!Number.isInteger(headDim) || headDim % 2 !== 0) {
    const field = metadata.has(lengthKey) ? lengthKey : key('embedding_length');
    throw metadata.invalid(
      field,
      'such that a head is a whole and even number of elements (the rotary embedding turns pairs)',
    );
  }
  for (const name of ['attention.value_length', 'rope.dimension_count']) {
    if (!metadata.has(key(name)) || metadata.integer(key(name), 1, 2 ** 14) === headDim) continue;
    const got = metadata.integer(key(name), 1, 2 ** 14);
    const feature = `${got} where a head has ${headDim} elements`;
    throw unsupportedInGguf(
      file,
      key(name),
      feature,
      'Use a model whose keys and values are rotated whole and of one length.',
    );
  }
  return { heads, keyValueHeads, headDim };
}

function readVocabularySize({ metadata, tensors, file }: GgufFile, hiddenSize: number, key: string): number {
  const shape = tensors.get('token_embd.weight')?.shape;
  if (shape === undefined) {
    throw new TilewrightError(
      'tensor-missing',
      `${file} has no tensor token_embd.weight.`,
      'Use a file that holds a whole model.',
      { file, tensor: 'token_embd.weight' },
    );
  }
  const [size, width] = shape;
  if (shape.length !== 2 || width !== hiddenSize || size < 1 || size > 2 ** 24) {
    throw new TilewrightError(
      'tensor-misshapen',
      `Tensor token_embd.weight in ${file} has shape [${shape}], and the metadata call for rows of ${hiddenSize}.`,
      'Convert the model again.',
      { file, tensor: 'token_embd.weight', got: shape },
    );
  }
  if (metadata.has(key) && metadata.integer(key, 1, 2 ** 24) !== size) {
    throw metadata.invalid(key, `the number of rows of token_embd.weight, ${size}`);
  }
  return size;
}

async function readRope(gguf: GgufFile, family: ModelFamily, headDim: number): Promise<RopeSpec> {
  const { metadata, tensors, file } = gguf;
  const key = (name: string): string => `${family}.rope.${name}`;
  const theta = metadata.has(key('freq_base')) ? metadata.positive(key('freq_base')) : DEFAULT_THETA;
  const tensor = tensors.get(ROPE_FREQUENCIES);
  if (tensor === undefined) return { theta, scaling: { type: 'none' } };
  if (tensor.shape.length !== 1 || tensor.shape[0] !== headDim / 2) {
    throw new TilewrightError(
      'tensor-misshapen',
      `Tensor ${ROPE_FREQUENCIES} in ${file} has shape [${tensor.shape}], and a head of ${headDim} calls for [${headDim / 2}].`,
      'Convert the model again.',
      { file, tensor: ROPE_FREQUENCIES, expected: [headDim / 2], got: tensor.shape },
    );
  }
  const factors = await gguf.read(gguf.layout(tensor), 0, 1, null);
  const original = key('scaling.original_context_length');
  const scaling = ropeScalingOf(factors, theta, {
    ...(metadata.has(original) && { originalMaxPositions: metadata.positive(original) }),
  });
  if (scaling !== null) return { theta, scaling };
  const remedy = 'Use a model whose rotary embedding is plain or scaled as that of Llama 3.1.';
  throw unsupportedInGguf(
    file,
    ROPE_FREQUENCIES,
    'A rotary embedding with factors that Llama 3.1 scaling does not give',
    remedy,
  );
}

function readEnds(
  { metadata }: GgufFile,
  vocabularySize: number,
): Pick<ModelSpec, 'beginOfTextToken' | 'endOfTextTokens'> {
  const token = (name: string): number[] => {
    const key = `tokenizer.ggml.${name}_token_id`;
    if (!metadata.has(key)) return [];
    const value = metadata.integer(key, 0, 2 ** 32 - 1);
    // Reduced models keep the token numbers of their large relatives; one beyond the vocabulary cannot occur.
    return value < vocabularySize ? [value] : [];
  };
  return {
    beginOfTextToken: token('bos')[0] ?? null,
    endOfTextTokens: [...new Set([...token('eos'), ...token('eot')])],
  };
}

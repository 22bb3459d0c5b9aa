import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIGS, GOLDEN_NAMES, golden } from '../__fixtures__/repository.ts';
import { temporaryDirectory } from '../__fixtures__/temporary-model.ts';
import { modelSpecFromConfig, readModelSpec } from './read-model-spec.ts';

type Config = Record<string, unknown>;

function config(name: string, changes: Config = {}): Config {
  const base = JSON.parse(readFileSync(join(golden(name), 'config.json'), 'utf8'));
  return Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, value]) => value !== ABSENT));
}
const ABSENT = Symbol('absent');

const spec = (name: string, changes: Config = {}) => modelSpecFromConfig(config(name, changes), 'config.json');

function refusal(value: Config): unknown {
  try {
    modelSpecFromConfig(value, 'DIR/config.json');
  } catch (error) {
    return error;
  }
  throw new Error('accepted');
}

describe('configurations that are read', () => {
  it('reads the published shapes of Llama-3.2-1B without weights', async () => {
    expect(await readModelSpec(join(CONFIGS, 'Llama-3.2-1B.json'))).toEqual({
      specificationVersion: 'v1',
      family: 'llama',
      layers: 16,
      hiddenSize: 2048,
      intermediateSize: 8192,
      heads: 32,
      keyValueHeads: 8,
      headDim: 64,
      vocabularySize: 128256,
      maxPositions: 131072,
      rmsNormEpsilon: 1e-5,
      rope: {
        theta: 500000,
        scaling: {
          type: 'llama3',
          factor: 32,
          lowFrequencyFactor: 1,
          highFrequencyFactor: 4,
          originalMaxPositions: 8192,
        },
      },
      activation: 'silu',
      attention: { mask: 'causal', window: null },
      tiedHead: true,
      bias: { qkv: false, output: false, mlp: false },
      qkNorm: false,
      weightFormat: null,
      beginOfTextToken: null,
      endOfTextTokens: [],
    });
  });

  it.each(GOLDEN_NAMES)('reads %s from its directory and from its file', async (name) => {
    expect(await readModelSpec(golden(name))).toEqual(await readModelSpec(join(golden(name), 'config.json')));
  });

  it('knows which biases and norms each family has', () => {
    expect(spec('llama-bias').bias).toEqual({ qkv: true, output: true, mlp: true });
    expect(spec('qwen2-bias').bias).toEqual({ qkv: true, output: false, mlp: false });
    expect(spec('qwen3-qknorm', { attention_bias: true }).bias).toEqual({ qkv: true, output: true, mlp: false });
    expect(spec('mistral').bias).toEqual({ qkv: false, output: false, mlp: false });
    expect(spec('qwen3-qknorm').qkNorm).toBe(true);
    expect(spec('qwen2-bias').qkNorm).toBe(false);
  });

  it('reads the same model from the older and the newer form', () => {
    const older = {
      rope_theta: 5000,
      rope_scaling: null,
      torch_dtype: 'bfloat16',
      rope_parameters: ABSENT,
      dtype: ABSENT,
    };
    const newer = { rope_parameters: { rope_type: 'default', rope_theta: 5000 } };
    expect(spec('llama-bias', older)).toEqual(spec('llama-bias', newer));
  });

  it('reads llama3 scaling from the newer form and from the older name of the type', () => {
    const scaling = {
      factor: 8,
      high_freq_factor: 4,
      low_freq_factor: 1,
      original_max_position_embeddings: 64,
    };
    const newer = { rope_parameters: { ...scaling, rope_type: 'llama3', rope_theta: 500000 } };
    const expected = spec('llama3-rope').rope;
    expect(spec('llama3-rope', { ...newer, rope_scaling: ABSENT, rope_theta: ABSENT }).rope).toEqual(expected);
    expect(spec('llama3-rope', { rope_scaling: { ...scaling, type: 'llama3' } }).rope).toEqual(expected);
  });

  it('takes what is absent from the rest, as transformers does', () => {
    const bare = spec('llama-gqa', { num_key_value_heads: ABSENT, rope_theta: ABSENT, rms_norm_eps: ABSENT });
    expect(bare).toMatchObject({ keyValueHeads: 4, headDim: 16, rope: { theta: 10000 }, rmsNormEpsilon: 1e-6 });
    expect(spec('llama-gqa', { tie_word_embeddings: ABSENT }).tiedHead).toBe(false);
    expect(spec('llama-gqa', { head_dim: null }).headDim).toBe(16);
    expect(spec('qwen3-qknorm', { head_dim: ABSENT }).headDim).toBe(128);
    expect(spec('llama-gqa', { architectures: ABSENT }).family).toBe('llama');
    expect(spec('llama-gqa', { model_type: ABSENT }).family).toBe('llama');
  });

  it('reads end-of-text as a number, a list or none', () => {
    expect(spec('llama-gqa', { eos_token_id: 5 }).endOfTextTokens).toEqual([5]);
    expect(spec('llama-gqa', { eos_token_id: [5, 6] }).endOfTextTokens).toEqual([5, 6]);
    expect(spec('llama-gqa', { eos_token_id: null }).endOfTextTokens).toEqual([]);
    expect(spec('llama-gqa', { eos_token_id: [5, 151645], bos_token_id: 151643 })).toMatchObject({
      endOfTextTokens: [5],
      beginOfTextToken: null,
    });
  });

  it.each([
    ['qwen2-bias', { use_sliding_window: false, sliding_window: 4096 }],
    ['qwen2-bias', { layer_types: ['full_attention', 'full_attention'] }],
    ['llama-gqa', { rope_scaling: { rope_type: 'default' } }],
    ['llama-gqa', { hidden_act: 'swish' }],
    ['llama-gqa', { pretraining_tp: 2, attention_dropout: 0.1 }],
    ['mistral', { sliding_window: ABSENT }],
    ['llama-gqa', { quantization_config: null, partial_rotary_factor: 1 }],
  ])('accepts %s with %o', (name, changes) => {
    expect(() => spec(name, changes)).not.toThrow();
  });
});

describe('architectures and features that are not computed are refused by name', () => {
  it.each<[string, Config, string, string, string]>([
    [
      'llama-gqa',
      { model_type: 'mixtral', architectures: ['MixtralForCausalLM'] },
      'architecture',
      'model_type',
      'mixtral',
    ],
    ['llama-gqa', { model_type: 'qwen3_moe' }, 'architecture', 'model_type', 'qwen3_moe'],
    ['llama-gqa', { model_type: ABSENT, architectures: ['FooModel'] }, 'architecture', 'architectures', 'FooModel'],
    [
      'llama-gqa',
      { architectures: ['LlamaForTokenClassification'] },
      'architecture',
      'architectures',
      'LlamaForTokenClassification',
    ],
    ['llama-gqa', { model_type: 'qwen2' }, 'architecture', 'architectures', 'LlamaForCausalLM'],
    ['llama-gqa', { hidden_act: 'gelu' }, 'feature', 'hidden_act', 'gelu'],
    ['llama-gqa', { rope_scaling: { rope_type: 'yarn', factor: 4 } }, 'feature', 'rope_scaling.rope_type', 'yarn'],
    ['llama-gqa', { rope_scaling: { type: 'linear', factor: 2 } }, 'feature', 'rope_scaling.type', 'linear'],
    ['llama-gqa', { rope_scaling: { type: 'mrope', rope_type: 'default' } }, 'feature', 'rope_scaling.type', 'mrope'],
    [
      'llama-bias',
      { rope_parameters: { rope_type: 'dynamic', factor: 2 } },
      'feature',
      'rope_parameters.rope_type',
      'dynamic',
    ],
    [
      'llama-bias',
      { rope_parameters: { full_attention: {} } },
      'feature',
      'rope_parameters.full_attention',
      'per layer',
    ],
    [
      'llama-bias',
      { rope_parameters: { partial_rotary_factor: 0.5 } },
      'feature',
      'rope_parameters.partial_rotary_factor',
      '0.5',
    ],
    ['llama-gqa', { partial_rotary_factor: 0.25 }, 'feature', 'partial_rotary_factor', '0.25'],
    ['mistral', { sliding_window: 4096 }, 'feature', 'sliding_window', '4096'],
    ['mistral', { sliding_window: ABSENT, max_position_embeddings: 32768 }, 'feature', 'sliding_window', '4096'],
    ['llama-gqa', { sliding_window: 128 }, 'feature', 'sliding_window', '128'],
    ['qwen2-bias', { use_sliding_window: true }, 'feature', 'use_sliding_window', '32768'],
    [
      'qwen2-bias',
      { layer_types: ['full_attention', 'sliding_attention'] },
      'feature',
      'layer_types',
      'sliding_attention',
    ],
    ['llama-gqa', { quantization_config: { quant_method: 'gptq' } }, 'feature', 'quantization_config', 'gptq'],
    ['llama-gqa', { is_causal: false }, 'feature', 'is_causal', 'not causal'],
    ['llama-gqa', { use_bidirectional_attention: true }, 'feature', 'use_bidirectional_attention', 'bidirectional'],
  ])('%s with %o', (name, changes, what, field, named) => {
    const error = refusal(config(name, changes));
    expect(error).toMatchObject({ code: `${what}-unsupported`, details: { file: 'DIR/config.json', field } });
    expect((error as Error).message).toContain(named);
  });
});

describe('impossible configurations are refused with file and field', () => {
  it.each<[string, Config, string]>([
    ['llama-gqa', { hidden_size: 0 }, 'hidden_size'],
    ['llama-gqa', { hidden_size: -64 }, 'hidden_size'],
    ['llama-gqa', { hidden_size: 64.5 }, 'hidden_size'],
    ['llama-gqa', { hidden_size: '64' }, 'hidden_size'],
    ['llama-gqa', { hidden_size: ABSENT }, 'hidden_size'],
    ['llama-gqa', { hidden_size: 2 ** 31 }, 'hidden_size'],
    ['llama-gqa', { vocab_size: 1e300 }, 'vocab_size'],
    ['llama-gqa', { num_hidden_layers: 1e9 }, 'num_hidden_layers'],
    ['llama-gqa', { num_attention_heads: 0 }, 'num_attention_heads'],
    ['llama-gqa', { num_attention_heads: 3, num_key_value_heads: 3 }, 'hidden_size'],
    ['llama-gqa', { num_key_value_heads: 3 }, 'num_key_value_heads'],
    ['llama-gqa', { num_key_value_heads: 8 }, 'num_key_value_heads'],
    ['llama-gqa', { head_dim: 15 }, 'head_dim'],
    ['llama-gqa', { head_dim: 0 }, 'head_dim'],
    ['llama-gqa', { max_position_embeddings: 0 }, 'max_position_embeddings'],
    ['llama-gqa', { rms_norm_eps: 0 }, 'rms_norm_eps'],
    ['llama-gqa', { rope_theta: -1 }, 'rope_theta'],
    ['llama-gqa', { eos_token_id: 'x' }, 'eos_token_id'],
    ['llama-gqa', { model_type: ABSENT, architectures: ABSENT }, 'model_type'],
    ['llama-gqa', { model_type: 7 }, 'model_type'],
    ['llama-gqa', { architectures: 'LlamaForCausalLM' }, 'architectures'],
    ['llama-bias', { rope_theta: 500000 }, 'rope_theta'],
    ['llama-bias', { rope_parameters: { rope_theta: 'big' } }, 'rope_parameters.rope_theta'],
    ['llama3-rope', { rope_scaling: { rope_type: 'llama3' } }, 'rope_scaling.low_freq_factor'],
    ['llama3-rope', { rope_parameters: { rope_type: 'default' } }, 'rope_scaling'],
    ['qwen3-sharded', { num_hidden_layers: 2 }, 'layer_types'],
  ])('%s with %o', (name, changes, field) => {
    expect(refusal(config(name, changes))).toMatchObject({
      code: 'config-invalid',
      details: { file: 'DIR/config.json', field },
      remedy: expect.stringContaining('.'),
    });
  });

  it('refuses equal llama3 factors, which would divide by zero', () => {
    const scaling = {
      rope_type: 'llama3',
      factor: 8,
      low_freq_factor: 4,
      high_freq_factor: 4,
      original_max_position_embeddings: 64,
    };
    expect(refusal(config('llama3-rope', { rope_scaling: scaling }))).toMatchObject({
      details: { field: 'rope_scaling.high_freq_factor' },
    });
  });

  it.each([
    ['{"model_type": "llama"', 'file-malformed'],
    ['', 'file-malformed'],
    ['[]', 'file-malformed'],
    ['null', 'file-malformed'],
    ['{}', 'config-invalid'],
  ])('refuses a file that holds %s', async (text, code) => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'config.json'), text);
    await expect(readModelSpec(directory)).rejects.toMatchObject({
      code,
      details: { file: join(directory, 'config.json') },
    });
  });

  it('says what is missing', async () => {
    const directory = await temporaryDirectory();
    await expect(readModelSpec(directory)).rejects.toMatchObject({ code: 'file-missing' });
    await expect(readModelSpec(join(directory, 'nowhere'))).rejects.toMatchObject({ code: 'file-missing' });
  });
});

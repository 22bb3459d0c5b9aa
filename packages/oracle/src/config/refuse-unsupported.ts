import type { ModelFamily } from '@tilewright/spec';
import { invalidConfig, unsupportedFeature } from './config-error.ts';
import type { HuggingFaceConfig } from './hugging-face-config.ts';

/** transformers' default for a Mistral configuration that has no `sliding_window` field at all. */
const MISTRAL_DEFAULT_WINDOW = 4096;

/** Throws `feature-unsupported` for what the families allow and Tilewright does not compute, by name. */
export function refuseUnsupported(config: HuggingFaceConfig, family: ModelFamily, file: string): void {
  refuseActivation(config, file);
  refuseQuantisation(config, file);
  refuseWindow(config, family, file);
  refuseLayerTypes(config, file);
  refuseOtherMasks(config, file);
}

function refuseActivation(config: HuggingFaceConfig, file: string): void {
  // Hugging Face has two names for x·sigmoid(x).
  const activation = config.hidden_act ?? 'silu';
  if (activation === 'silu' || activation === 'swish') return;
  throw unsupportedFeature(
    file,
    'hidden_act',
    `The activation "${activation}"`,
    'Use a model whose activation is silu.',
  );
}

function refuseQuantisation(config: HuggingFaceConfig, file: string): void {
  if (!config.quantization_config) return;
  const method = String(config.quantization_config.quant_method ?? 'unnamed');
  throw unsupportedFeature(
    file,
    'quantization_config',
    `Quantisation "${method}"`,
    'Use the unquantised checkpoint of the same model (bf16, f16 or f32).',
  );
}

function refuseWindow(config: HuggingFaceConfig, family: ModelFamily, file: string): void {
  const remedy = 'Use a model with full attention in every layer.';
  const { sliding_window: window, use_sliding_window: used, max_position_embeddings: positions } = config;
  if (used) throw unsupportedFeature(file, 'use_sliding_window', `A sliding window of ${window ?? 4096}`, remedy);
  // Qwen gives the number even where it switches the window off.
  if (family === 'qwen2' || family === 'qwen3') return;
  if (typeof window === 'number')
    throw unsupportedFeature(file, 'sliding_window', `A sliding window of ${window}`, remedy);
  if (family === 'mistral' && window === undefined && positions > MISTRAL_DEFAULT_WINDOW) {
    throw unsupportedFeature(
      file,
      'sliding_window',
      `A sliding window of ${MISTRAL_DEFAULT_WINDOW}, which Mistral has where the field is absent,`,
      'Write "sliding_window": null if the model has full attention.',
    );
  }
}

function refuseLayerTypes(config: HuggingFaceConfig, file: string): void {
  const types = config.layer_types;
  if (!types) return;
  const other = types.find((type) => type !== 'full_attention');
  if (other !== undefined) {
    const remedy = 'Use a model with full attention in every layer.';
    throw unsupportedFeature(file, 'layer_types', `The layer type "${other}"`, remedy);
  }
  if (types.length !== config.num_hidden_layers) {
    throw invalidConfig(file, 'layer_types', `a list of num_hidden_layers, ${config.num_hidden_layers}, names`, types);
  }
}

function refuseOtherMasks(config: HuggingFaceConfig, file: string): void {
  const remedy = 'Use a causal decoder-only model.';
  if (config.is_causal === false) throw unsupportedFeature(file, 'is_causal', 'Attention that is not causal', remedy);
  for (const field of ['use_bidirectional_attention', 'is_encoder_decoder', 'add_cross_attention'] as const) {
    if (config[field]) throw unsupportedFeature(file, field, `A model with ${field}`, remedy);
  }
}

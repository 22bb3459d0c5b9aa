import type { ModelSpec } from '@tilewright/spec';

/** A model as `config.json` would have it, in the form that transformers 4 and 5 read. */
export function huggingFaceConfig(model: ModelSpec): Readonly<Record<string, unknown>> {
  const { rope, bias } = model;
  return {
    model_type: model.family,
    num_hidden_layers: model.layers,
    hidden_size: model.hiddenSize,
    intermediate_size: model.intermediateSize,
    num_attention_heads: model.heads,
    num_key_value_heads: model.keyValueHeads,
    head_dim: model.headDim,
    vocab_size: model.vocabularySize,
    max_position_embeddings: model.maxPositions,
    rms_norm_eps: model.rmsNormEpsilon,
    hidden_act: model.activation,
    tie_word_embeddings: model.tiedHead,
    attention_bias: bias.qkv || bias.output,
    mlp_bias: bias.mlp,
    sliding_window: model.attention.window,
    rope_theta: rope.theta,
    rope_scaling:
      rope.scaling.type === 'none'
        ? null
        : {
            rope_type: rope.scaling.type,
            factor: rope.scaling.factor,
            low_freq_factor: rope.scaling.lowFrequencyFactor,
            high_freq_factor: rope.scaling.highFrequencyFactor,
            original_max_position_embeddings: rope.scaling.originalMaxPositions,
          },
  };
}

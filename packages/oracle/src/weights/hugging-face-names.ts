import { MODEL_WEIGHTS } from '@tilewright/spec';

const OUTSIDE_LAYERS: Readonly<Record<string, string>> = {
  [MODEL_WEIGHTS.embedding]: 'model.embed_tokens.weight',
  [MODEL_WEIGHTS.finalNorm]: 'model.norm.weight',
  [MODEL_WEIGHTS.head]: 'lm_head.weight',
};

/** Our name of a layer's module to Hugging Face's; the four families agree. */
const MODULES: Readonly<Record<string, string>> = {
  input_norm: 'input_layernorm',
  q_proj: 'self_attn.q_proj',
  k_proj: 'self_attn.k_proj',
  v_proj: 'self_attn.v_proj',
  o_proj: 'self_attn.o_proj',
  q_norm: 'self_attn.q_norm',
  k_norm: 'self_attn.k_norm',
  post_attention_norm: 'post_attention_layernorm',
  gate_proj: 'mlp.gate_proj',
  up_proj: 'mlp.up_proj',
  down_proj: 'mlp.down_proj',
};

/** `layers.3.q_proj.weight` to `model.layers.3.self_attn.q_proj.weight`; undefined for a name that is not ours. */
export function huggingFaceName(weight: string): string | undefined {
  const outside = OUTSIDE_LAYERS[weight];
  if (outside !== undefined) return outside;
  const parts = /^layers\.(\d+)\.(\w+)\.(weight|bias)$/.exec(weight);
  const module = MODULES[parts?.[2] ?? ''];
  return parts && module ? `model.layers.${parts[1]}.${module}.${parts[3]}` : undefined;
}

import { MODEL_WEIGHTS } from '@tilewright/spec';

/** By how much each pair's frequency is divided; it belongs to the configuration rather than to the weights. */
export const ROPE_FREQUENCIES = 'rope_freqs.weight';

const OUTSIDE_LAYERS: Readonly<Record<string, string>> = {
  [MODEL_WEIGHTS.embedding]: 'token_embd.weight',
  [MODEL_WEIGHTS.finalNorm]: 'output_norm.weight',
  [MODEL_WEIGHTS.head]: 'output.weight',
};

/** Our name of a layer's module to llama.cpp's; the families agree. */
const MODULES: Readonly<Record<string, string>> = {
  input_norm: 'attn_norm',
  q_proj: 'attn_q',
  k_proj: 'attn_k',
  v_proj: 'attn_v',
  o_proj: 'attn_output',
  q_norm: 'attn_q_norm',
  k_norm: 'attn_k_norm',
  post_attention_norm: 'ffn_norm',
  gate_proj: 'ffn_gate',
  up_proj: 'ffn_up',
  down_proj: 'ffn_down',
};

/** `layers.3.q_proj.weight` to `blk.3.attn_q.weight`; undefined for a name that is not ours. */
export function ggufName(weight: string): string | undefined {
  const outside = OUTSIDE_LAYERS[weight];
  if (outside !== undefined) return outside;
  const parts = /^layers\.(\d+)\.(\w+)\.(weight|bias)$/.exec(weight);
  const module = MODULES[parts?.[2] ?? ''];
  return parts && module ? `blk.${parts[1]}.${module}.${parts[3]}` : undefined;
}

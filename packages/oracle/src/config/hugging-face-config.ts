import { z } from 'zod';
import { invalidConfig } from './config-error.ts';

/**
 * What we read of a `config.json`, in Hugging Face's names. Both forms in use are here: `rope_theta`,
 * `rope_scaling` (transformers before 5) and `rope_parameters` (5 and later). `torch_dtype` and
 * `dtype` are not: the weights say themselves how they are stored.
 */
export interface HuggingFaceConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads?: number | null | undefined;
  readonly head_dim?: number | null | undefined;
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps?: number | undefined;
  readonly hidden_act?: string | undefined;
  readonly rope_theta?: number | null | undefined;
  readonly rope_scaling?: RopeParameters | null | undefined;
  readonly rope_parameters?: RopeParameters | null | undefined;
  readonly partial_rotary_factor?: number | null | undefined;
  readonly tie_word_embeddings?: boolean | null | undefined;
  readonly attention_bias?: boolean | null | undefined;
  readonly mlp_bias?: boolean | null | undefined;
  readonly sliding_window?: number | null | undefined;
  readonly use_sliding_window?: boolean | null | undefined;
  readonly layer_types?: readonly string[] | null | undefined;
  readonly is_causal?: boolean | null | undefined;
  readonly use_bidirectional_attention?: boolean | null | undefined;
  readonly is_encoder_decoder?: boolean | null | undefined;
  readonly add_cross_attention?: boolean | null | undefined;
  readonly quantization_config?: Readonly<Record<string, unknown>> | null | undefined;
  readonly bos_token_id?: number | null | undefined;
  readonly eos_token_id?: number | readonly number[] | null | undefined;
}

/** `rope_scaling` or `rope_parameters`; which fields belong to it depends on the type. */
export type RopeParameters = Readonly<Record<string, unknown>>;

/** At most `limit`: several times the largest model published, and safe to multiply. */
const size = (limit: number) => z.int().min(1).max(limit);
const positive = z.number().positive();
const flag = z.boolean().nullish();
const token = z.int().min(0);

const schema: z.ZodType<HuggingFaceConfig> = z.object({
  hidden_size: size(2 ** 20),
  intermediate_size: size(2 ** 22),
  num_hidden_layers: size(2 ** 12),
  num_attention_heads: size(2 ** 14),
  num_key_value_heads: size(2 ** 14).nullish(),
  head_dim: size(2 ** 14).nullish(),
  vocab_size: size(2 ** 24),
  max_position_embeddings: size(2 ** 30),
  rms_norm_eps: z.number().positive().max(1).optional(),
  hidden_act: z.string().optional(),
  rope_theta: positive.nullish(),
  rope_scaling: z.record(z.string(), z.unknown()).nullish(),
  rope_parameters: z.record(z.string(), z.unknown()).nullish(),
  partial_rotary_factor: positive.nullish(),
  tie_word_embeddings: flag,
  attention_bias: flag,
  mlp_bias: flag,
  sliding_window: z.int().nullish(),
  use_sliding_window: flag,
  layer_types: z.array(z.string()).nullish(),
  is_causal: flag,
  use_bidirectional_attention: flag,
  is_encoder_decoder: flag,
  add_cross_attention: flag,
  quantization_config: z.record(z.string(), z.unknown()).nullish(),
  bos_token_id: token.nullish(),
  eos_token_id: z.union([token, z.array(token)]).nullish(),
});

/** Checks types and sizes of a parsed `config.json`. Throws `config-invalid` for the first field that is wrong. */
export function parseHuggingFaceConfig(config: Readonly<Record<string, unknown>>, file: string): HuggingFaceConfig {
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = String(issue?.path[0] ?? 'config');
  throw invalidConfig(file, field, expectation(issue), config[field]);
}

function expectation(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_type') return `of type ${issue.expected === 'int' ? 'whole number' : issue.expected}`;
  if (issue?.code === 'too_small') return `${issue.inclusive ? 'at least' : 'greater than'} ${issue.minimum}`;
  if (issue?.code === 'too_big') return `at most ${issue.maximum}`;
  if (issue?.code === 'invalid_union') return 'a token number or a list of them';
  return 'valid';
}

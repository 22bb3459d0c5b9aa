import { modelSpecFromConfig } from '@tilewright/oracle';
import { type ModelSpec, TilewrightError } from '@tilewright/spec';

/** One published deployment, in the form of facts/models.json; what is missing or strange is absent. */
export interface DeploymentRecord {
  readonly model: string;
  readonly variant: string;
  /** Null where the shapes are not those of a model that we can plan. */
  readonly spec: ModelSpec | null;
  /** Why there is no `spec`. */
  readonly reason: string | null;
  readonly sequenceFirst: boolean;
  /** Names of the dispatches of one layer, in order. */
  readonly prefillDispatches: readonly string[];
  readonly decodeDispatches: readonly string[];
  readonly measurements: readonly DeploymentMeasurement[];
}

export interface DeploymentMeasurement {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly date: string | null;
  /** Where it was measured, if not on the machine of all other figures; or with another implementation. */
  readonly elsewhere: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** Reads the content of a file in the form of facts/models.json: `{ models: [...] }`. */
export function deploymentRecords(content: unknown): readonly DeploymentRecord[] {
  const models = isJson(content) ? content.models : content;
  return Array.isArray(models) ? models.filter(isJson).map(readRecord) : [];
}

function readRecord(record: Json): DeploymentRecord {
  const dispatches = isJson(record.dispatches) ? record.dispatches : {};
  const prefillDispatches = names(dispatches.prefill_elfs);
  const model = text(record.model) ?? '';
  return {
    model,
    variant: text(record.variant) ?? '',
    ...readSpec(isJson(record.config) ? record.config : {}, model),
    sequenceFirst: /seq-first/.test(`${text(record.layout) ?? ''} ${prefillDispatches.join(' ')}`),
    prefillDispatches,
    decodeDispatches: names(dispatches.decode_elfs),
    measurements: (Array.isArray(record.measurements) ? record.measurements : [])
      .filter(isJson)
      .flatMap(readMeasurement),
  };
}

function readMeasurement(measurement: Json): DeploymentMeasurement[] {
  const { what, value, unit, date } = measurement;
  if (typeof what !== 'string' || typeof value !== 'number' || typeof unit !== 'string') return [];
  const elsewhere = 'platform' in measurement || 'implementation' in measurement || 'context_len' in measurement;
  return [{ what, value, unit, date: text(date), elsewhere }];
}

/** The shapes of a record as the configuration of a model. */
function readSpec(config: Json, model: string): Pick<DeploymentRecord, 'spec' | 'reason'> {
  const family = config.qk_norm === true ? 'qwen3' : config.qkv_bias === true ? 'qwen2' : 'llama';
  const architecture = { qwen3: 'Qwen3ForCausalLM', qwen2: 'Qwen2ForCausalLM', llama: 'LlamaForCausalLM' }[family];
  try {
    const spec = modelSpecFromConfig(
      {
        architectures: [architecture],
        model_type: family,
        hidden_size: config.emb_dim,
        intermediate_size: config.hidden_dim,
        num_hidden_layers: config.layers,
        num_attention_heads: config.n_heads,
        num_key_value_heads: config.n_kv_heads,
        head_dim: config.head_dim,
        vocab_size: config.vocab_size,
        rope_theta: config.rope_theta,
        rms_norm_eps: config.norm_eps,
        tie_word_embeddings: config.tied_embeddings,
        hidden_act: 'silu',
        max_position_embeddings: 131_072,
      },
      `${model} of the models file`,
    );
    return { spec, reason: null };
  } catch (error) {
    if (!TilewrightError.isInstance(error)) throw error;
    return { spec: null, reason: error.message };
  }
}

function names(list: unknown): readonly string[] {
  if (!Array.isArray(list)) return [];
  return list.filter(isJson).flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

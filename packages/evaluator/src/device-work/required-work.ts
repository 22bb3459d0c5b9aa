import { BYTES_PER_ELEMENT, layerOps, MODEL_WEIGHTS, type ModelSpec, type OpNode } from '@tilewright/spec';

/** What an op cannot be computed without, whoever computes it. */
export interface RequiredWork {
  /** Its tap within the layer, or `logits`. */
  readonly computes: string;
  /** The weight that its launch must take, by our name within the layer; null for attention. */
  readonly weight: string | null;
  readonly multiplyAccumulates: number;
  /** Its weights, read from DDR at least once, in the device's format. */
  readonly bytesRead: number;
}

const DEVICE_BYTES = BYTES_PER_ELEMENT.bf16;

/**
 * The matrix work of one layer for `tokens` tokens that start a sequence: every projection, and for a
 * prefill the causal attention over them: Σₜ (t + 1) scores and as many weighted values, per head.
 * From the model's shapes alone; no plan is looked at.
 */
export function requiredLayerWork(
  model: ModelSpec,
  section: 'prefill' | 'decode',
  tokens: number,
): readonly RequiredWork[] {
  return layerOps(model).flatMap((op) => {
    if (op.kind === 'matmul') return [projectionWork(op, tokens)];
    // In decode, attention over the KV cache is the host's, as in the published deployments.
    if (op.kind !== 'attention' || section === 'decode') return [];
    const pairs = (tokens * (tokens + 1)) / 2;
    const multiplyAccumulates = 2 * pairs * model.heads * model.headDim;
    return [{ computes: op.output, weight: null, multiplyAccumulates, bytesRead: 0 }];
  });
}

function projectionWork(op: OpNode, tokens: number): RequiredWork {
  const elements = op.outputWidth * (op.reduction as number);
  return {
    computes: op.output,
    weight: op.weights[0] ?? null,
    multiplyAccumulates: tokens * elements,
    bytesRead: elements * DEVICE_BYTES,
  };
}

/** The LM head for one position. */
export function requiredHeadWork(model: ModelSpec): RequiredWork {
  const elements = model.vocabularySize * model.hiddenSize;
  return {
    computes: 'logits',
    weight: model.tiedHead ? MODEL_WEIGHTS.embedding : MODEL_WEIGHTS.head,
    multiplyAccumulates: elements,
    bytesRead: elements * DEVICE_BYTES,
  };
}

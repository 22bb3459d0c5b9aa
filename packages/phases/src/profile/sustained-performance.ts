import type { ModelSpec, SustainedPerformance, SustainedRatios } from '@tilewright/spec';

/** Shapes that sustained performance depends on. `queryWidth` is heads × head dimension, or what stands for it. */
interface LayerShape {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly queryWidth: number;
  readonly keyValueWidth: number;
  readonly intermediateSize: number;
}

export interface TimedLengths {
  /** Tokens of the prefill, and its time to first token. */
  readonly promptTokens: number;
  readonly timeToFirstTokenUs: number;
  /** Tokens in the sequence that a decoded token attends to, and its time. */
  readonly decodeLength: number;
  readonly tokenUs: number;
}

/** Llama-3.2-1B in bf16 on a Ryzen AI 9 HX 370: `facts/models.json`, the README's figures of 2026-05-08. */
const REFERENCE_SHAPE: LayerShape = {
  layers: 16,
  hiddenSize: 2048,
  queryWidth: 2048,
  keyValueWidth: 512,
  intermediateSize: 8192,
};
const REFERENCE_TIMES: TimedLengths = {
  promptTokens: 2048,
  timeToFirstTokenUs: 1_270_000,
  decodeLength: 2048,
  tokenUs: 92_000,
};
const REFERENCE =
  'Llama-3.2-1B bf16, published measurements of the MLIR-AIR project on a Ryzen AI 9 HX 370, 2026-05-08: 1.27 s to the ' +
  'first token of 2048, 92 ms per decoded token (programming_examples/llms/llama32_1b/README.md, in facts/models.json; the ' +
  'end of T000 and T001 in facts/trajectory.json)';

/**
 * Work over time as a ratio to that of the reference (arXiv 2606.07586, Appendix A). As printed there, query and
 * output projections and the attention are taken as wide as the hidden size; `trueWidth` takes heads × head
 * dimension, which is the same for the reference and another for Qwen3.
 */
export function sustainedPerformance(model: ModelSpec, times: TimedLengths): SustainedPerformance {
  const shape: LayerShape = {
    layers: model.layers,
    hiddenSize: model.hiddenSize,
    queryWidth: model.heads * model.headDim,
    keyValueWidth: model.keyValueHeads * model.headDim,
    intermediateSize: model.intermediateSize,
  };
  return {
    asPrinted: ratios({ ...shape, queryWidth: shape.hiddenSize }, times),
    trueWidth: ratios(shape, times),
    reference: REFERENCE,
  };
}

function ratios(shape: LayerShape, times: TimedLengths): SustainedRatios {
  const [ours, reference] = [rates(shape, times), rates(REFERENCE_SHAPE, REFERENCE_TIMES)];
  return { prefill: ours.prefill / reference.prefill, decode: ours.decode / reference.decode };
}

/** Operations per µs of a prefill, bytes per µs of a decode step. */
function rates(shape: LayerShape, times: TimedLengths): SustainedRatios {
  return {
    prefill: prefillOperations(shape, times.promptTokens) / times.timeToFirstTokenUs,
    decode: decodeBytes(shape, times.decodeLength) / times.tokenUs,
  };
}

/** P = 2·d² + 2·d·n_kv·d_h + 3·d·d_ff, with d² as d·n_h·d_h. */
function layerParameters({ hiddenSize, queryWidth, keyValueWidth, intermediateSize }: LayerShape): number {
  return 2 * hiddenSize * queryWidth + 2 * hiddenSize * keyValueWidth + 3 * hiddenSize * intermediateSize;
}

/** W = L·(2·S·P + 2·S²·d), operations. */
function prefillOperations(shape: LayerShape, tokens: number): number {
  return shape.layers * (2 * tokens * layerParameters(shape) + 2 * tokens ** 2 * shape.queryWidth);
}

/** W = L·(2·P + 4·S·n_kv·d_h), bytes: bf16 weights, keys and values. */
function decodeBytes(shape: LayerShape, tokens: number): number {
  return shape.layers * (2 * layerParameters(shape) + 4 * tokens * shape.keyValueWidth);
}

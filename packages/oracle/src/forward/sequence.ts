import {
  type ForwardRequest,
  headWeight,
  layerOps,
  layerTap,
  type MatrixEngine,
  MODEL_WEIGHTS,
  type ModelSpec,
  type OpNode,
  type OracleSequence,
  type Tensor,
  TilewrightError,
} from '@tilewright/spec';
import { embedding } from '../ops/embedding.ts';
import { rmsNorm } from '../ops/rms-norm.ts';
import { ropeTable } from '../ops/rope.ts';
import { isGraphEngine } from './graph-engine.ts';
import { KeyValueCache } from './key-value-cache.ts';
import { matrixProduct } from './matrix-product.ts';
import { Pacer } from './pacer.ts';
import type { LayerContext } from './run-op.ts';
import { runSegment } from './run-segment.ts';
import { fusedOps, type Segment, singleOps } from './segments.ts';
import { requireKnownTaps } from './tap-names.ts';
import type { WeightCache } from './weight-cache.ts';

/** What all sequences of an oracle share. */
export interface SequenceResources {
  readonly model: ModelSpec;
  readonly weights: WeightCache;
  /** Computes what it can, and the readable implementations the rest. */
  readonly engine: MatrixEngine | undefined;
  readonly ropeFrequencies: Float32Array;
  readonly tapNames: ReadonlySet<string>;
}

/** Where taps go. */
interface Delivery {
  wants(name: string): boolean;
  /** Hands the tap over if it is wanted. */
  deliver(name: string, shape: readonly number[], data: Float32Array): Promise<void>;
}

/** One running sequence: the op graph of the model, executed op by op. */
export class Sequence implements OracleSequence {
  readonly #resources: SequenceResources;
  readonly #segments: readonly Segment[];
  readonly #caches: readonly KeyValueCache[];
  #length = 0;
  #running = false;

  constructor(resources: SequenceResources) {
    const { layers, keyValueHeads, headDim } = resources.model;
    this.#resources = resources;
    const ops = layerOps(resources.model);
    this.#segments = isGraphEngine(resources.engine) ? fusedOps(ops) : singleOps(ops);
    this.#caches = Array.from({ length: layers }, () => new KeyValueCache(keyValueHeads, headDim));
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Appends tokens and computes them; if it throws, the sequence is as it was. Throws
   * `token-out-of-range`, `context-exceeded`, `usage` (no tokens, an unknown tap), `aborted` and what reading
   * a weight throws.
   */
  async forward(request: ForwardRequest): Promise<Tensor> {
    this.#requirePossible(request);
    this.#running = true;
    try {
      const logits = await this.#compute(request);
      this.#length += request.tokens.length;
      return logits;
    } finally {
      this.#running = false;
    }
  }

  keyValues(layer: number): { readonly keys: Tensor; readonly values: Tensor } {
    const cache = this.#caches[layer];
    if (cache === undefined) {
      throw new TilewrightError('usage', `The model has no layer ${layer}.`, 'Layers are counted from 0.', {
        got: layer,
      });
    }
    return cache.read(this.#length);
  }

  async #compute(request: ForwardRequest): Promise<Tensor> {
    const { model, weights, engine, ropeFrequencies } = this.#resources;
    const { tokens, signal } = request;
    const count = tokens.length;
    const delivery = deliveryTo(request);
    const { deliver } = delivery;
    const pacer = new Pacer(signal);
    await pacer.pause();

    const rows: Float32Array[] = [];
    for (const token of tokens) rows.push(await weights.row(MODEL_WEIGHTS.embedding, token, signal));
    let stream = embedding(rows, model.hiddenSize);
    await deliver('embedding', [count, model.hiddenSize], stream);

    const shared = { model, tokens: count, past: this.#length, weights, engine, pacer, signal };
    const table = ropeTable(ropeFrequencies, this.#length, count);
    for (let layer = 0; layer < model.layers; layer++) {
      stream = await this.#computeLayer(stream, delivery, {
        ...shared,
        layer,
        ropeTable: table,
        cache: this.#caches[layer],
      });
    }

    const last = stream.subarray(-model.hiddenSize);
    const heading = await this.#finalNorm(
      request.logits === 'all' || delivery.wants('final_norm') ? stream : last,
      signal,
    );
    await deliver('final_norm', [count, model.hiddenSize], heading);
    const sizes = { width: model.hiddenSize, outputs: model.vocabularySize };
    const x = request.logits === 'all' ? heading : heading.subarray(-model.hiddenSize);
    const data = await matrixProduct(x, headWeight(model), sizes, shared);
    const shape = [data.length / model.vocabularySize, model.vocabularySize];
    await deliver('logits', shape, data);
    return { shape, data };
  }

  async #finalNorm(stream: Float32Array, signal: AbortSignal | undefined): Promise<Float32Array> {
    const { model, weights } = this.#resources;
    const { data, release } = await weights.lease(MODEL_WEIGHTS.finalNorm, signal);
    const normed = rmsNorm(stream, data, model.rmsNormEpsilon);
    release();
    return normed;
  }

  /** The residual stream that leaves the layer, [tokens, hidden]. */
  async #computeLayer(
    stream: Float32Array,
    { wants, deliver }: Delivery,
    context: LayerContext,
  ): Promise<Float32Array> {
    const { layer, tokens, model, pacer } = context;
    const values = new Map([['input', stream]]);
    await deliver(layerTap(layer, 'input'), [tokens, model.hiddenSize], stream);
    const tapped = (output: string) => wants(layerTap(layer, output));
    for (const segment of this.#segments) {
      await runSegment(segment, values, tapped, context);
      for (const op of segment.ops) {
        const value = values.get(op.output);
        if (value) await deliver(layerTap(layer, op.output), tapShape(op, tokens), value);
      }
      await pacer.pause();
    }
    const last = this.#segments[this.#segments.length - 1].ops;
    return values.get(last[last.length - 1].output) as Float32Array;
  }

  #requirePossible({ tokens, taps }: ForwardRequest): void {
    const { model, tapNames } = this.#resources;
    if (this.#running) {
      const remedy = 'Await each forward before the next, or start another sequence.';
      throw new TilewrightError('usage', 'This sequence is still computing.', remedy);
    }
    if (tokens.length === 0) {
      const remedy = 'Start with the begin-of-text token, or give a prompt that is not empty.';
      throw new TilewrightError('usage', 'There are no tokens to compute.', remedy, { field: 'tokens' });
    }
    for (const token of tokens) {
      if (Number.isInteger(token) && token >= 0 && token < model.vocabularySize) continue;
      throw new TilewrightError(
        'token-out-of-range',
        `${token} is not a token of the model, whose vocabulary is 0 to ${model.vocabularySize - 1}.`,
        "Use the model's own tokenizer.",
        { field: 'tokens', expected: `0 to ${model.vocabularySize - 1}`, got: String(token) },
      );
    }
    const needed = this.#length + tokens.length;
    if (needed > model.maxPositions) {
      throw new TilewrightError(
        'context-exceeded',
        `${needed} tokens are more than the model's context of ${model.maxPositions}.`,
        'Shorten the prompt, or generate fewer tokens.',
        { expected: model.maxPositions, got: needed },
      );
    }
    if (taps !== undefined && taps !== 'all') requireKnownTaps(taps, tapNames);
  }
}

function deliveryTo({ taps, onTap }: ForwardRequest): Delivery {
  const wants = (name: string) => onTap !== undefined && taps !== undefined && (taps === 'all' || taps.has(name));
  const deliver = async (name: string, shape: readonly number[], data: Float32Array) => {
    if (onTap && wants(name)) await onTap({ name, value: { shape, data } });
  };
  return { wants, deliver };
}

/** After the per-head ops a tap has its heads as an axis, as in the goldens; elsewhere they lie side by side. */
function tapShape(op: OpNode, tokens: number): readonly number[] {
  if (op.kind !== 'rope' && op.kind !== 'qk-norm') return [tokens, op.outputWidth];
  return [tokens, op.outputHeads, op.outputWidth / op.outputHeads];
}

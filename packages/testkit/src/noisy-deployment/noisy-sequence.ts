import {
  bf16ToF32,
  type DeployedForwardRequest,
  type DeployedSequence,
  f32ToBf16NearestEven,
  headWeight,
  layerOps,
  layerTap,
  layerWeight,
  MODEL_WEIGHTS,
  type ModelSpec,
  type OpNode,
  type Profile,
  type SeededRandom,
  type Tensor,
  throwIfAborted,
  type WeightSource,
} from '@tilewright/spec';
import { causalAttention, product, rootMeanSquareNorm } from './plain-ops.ts';
import { ropeAngles, rotateHalves } from './rope-angles.ts';

/**
 * Error of each kernel relative to that of a GEMM, as the published mean relative L1 figures stand to 0.0093; but
 * attention's, 4 to 6 times that for long random inputs that average out to nearly nothing, is taken as for short ones.
 */
const ERROR_OF_KIND: Readonly<Record<OpNode['kind'], number>> = {
  matmul: 1,
  attention: 1.5,
  'silu-mul': 1.1,
  'rms-norm': 0.45,
  'qk-norm': 0.45,
  rope: 0.3,
  add: 0.2,
  'bias-add': 0.2,
};

interface LayerCache {
  keys: Float32Array;
  values: Float32Array;
}

/** One running sequence of a noisy deployment; see `noisyDeployment`. */
export class NoisySequence implements DeployedSequence {
  readonly profile: Profile = { entries: [] };
  readonly #model: ModelSpec;
  readonly #weights: WeightSource;
  readonly #noise: { readonly random: SeededRandom; readonly relative: number };
  readonly #angles: Float64Array;
  readonly #caches: LayerCache[];
  #length = 0;

  constructor(model: ModelSpec, weights: WeightSource, noise: { random: SeededRandom; relative: number }) {
    this.#model = model;
    this.#weights = weights;
    this.#noise = noise;
    this.#angles = ropeAngles(model);
    this.#caches = Array.from({ length: model.layers }, () => ({
      keys: new Float32Array(0),
      values: new Float32Array(0),
    }));
  }

  get length(): number {
    return this.#length;
  }

  setKeyValues(layer: number, keys: Tensor, values: Tensor): void {
    this.#caches[layer] = { keys: keys.data.slice(), values: values.data.slice() };
  }

  /** Keys and values so far of one layer. */
  keyValues(layer: number): { readonly keys: Tensor; readonly values: Tensor } {
    const { keyValueHeads, headDim } = this.#model;
    const { keys, values } = this.#caches[layer] as LayerCache;
    const shape = [keys.length / (keyValueHeads * headDim), keyValueHeads, headDim];
    return { keys: { shape, data: keys.slice() }, values: { shape, data: values.slice() } };
  }

  async forward(request: DeployedForwardRequest): Promise<Tensor> {
    const model = this.#model;
    const { tokens } = request;
    const feed = async (name: string): Promise<Float32Array | undefined> => (await request.feed?.(name))?.data;
    const table = (await this.#weights.read(MODEL_WEIGHTS.embedding)).data;
    const embedded = new Float32Array(tokens.length * model.hiddenSize);
    for (const [row, token] of tokens.entries()) {
      embedded.set(table.subarray(token * model.hiddenSize, (token + 1) * model.hiddenSize), row * model.hiddenSize);
    }
    await this.#deliver(request, 'embedding', [tokens.length, model.hiddenSize], embedded);

    let stream: Float32Array = embedded;
    for (let layer = 0; layer < model.layers; layer++) {
      throwIfAborted(request.signal);
      stream = (await feed(layerTap(layer, 'input'))) ?? stream;
      await this.#deliver(request, layerTap(layer, 'input'), [tokens.length, model.hiddenSize], stream);
      const values = new Map([['input', stream]]);
      for (const op of layerOps(model)) {
        const inputs: Float32Array[] = [];
        for (const name of op.inputs) {
          const forced = name === 'input' ? undefined : await feed(layerTap(layer, name));
          inputs.push(forced ?? (values.get(name) as Float32Array));
        }
        const exact = await this.#compute(op, layer, inputs);
        stream = this.#disturb(exact, op.outputWidth, op.kind);
        values.set(op.output, stream);
        await this.#deliver(request, layerTap(layer, op.output), this.#shape(op, tokens.length), stream);
      }
    }

    stream = (await feed(layerTap(model.layers - 1, 'output'))) ?? stream;
    const normWeight = (await this.#weights.read(MODEL_WEIGHTS.finalNorm)).data;
    const normed = this.#disturb(
      rootMeanSquareNorm(stream, normWeight, model.rmsNormEpsilon),
      model.hiddenSize,
      'rms-norm',
    );
    await this.#deliver(request, 'final_norm', [tokens.length, model.hiddenSize], normed);
    const heading = (await feed('final_norm')) ?? normed;
    const rows = request.logits === 'all' ? heading : heading.slice(-model.hiddenSize);
    const head = (await this.#weights.read(headWeight(model))).data;
    const data = this.#disturb(product(rows, head, model.hiddenSize), model.vocabularySize, 'matmul');
    const shape = [data.length / model.vocabularySize, model.vocabularySize];
    await this.#deliver(request, 'logits', shape, data);
    this.#length += tokens.length;
    return { shape, data };
  }

  async #compute(op: OpNode, layer: number, inputs: readonly Float32Array[]): Promise<Float32Array> {
    const model = this.#model;
    const first = inputs[0] as Float32Array;
    const second = inputs[1] as Float32Array;
    const weight = op.weights[0] && (await this.#weights.read(layerWeight(layer, op.weights[0]))).data;
    switch (op.kind) {
      case 'matmul':
        return product(first, weight as Float32Array, op.reduction as number);
      case 'rms-norm':
      case 'qk-norm':
        return rootMeanSquareNorm(first, weight as Float32Array, model.rmsNormEpsilon);
      case 'bias-add':
        return first.map((value, i) => value + ((weight as Float32Array)[i % op.outputWidth] as number));
      case 'add':
        return first.map((value, i) => value + (second[i] as number));
      case 'silu-mul':
        return first.map((value, i) => (value / (1 + Math.exp(-value))) * (second[i] as number));
      case 'rope': {
        const rotated = first.slice();
        rotateHalves(rotated, this.#angles, op.outputHeads, (token) => this.#length + token);
        return rotated;
      }
      case 'attention': {
        const cache = this.#caches[layer] as LayerCache;
        cache.keys = joined(cache.keys, second);
        cache.values = joined(cache.values, inputs[2] as Float32Array);
        return causalAttention(model, first, cache.keys, cache.values, this.#length);
      }
    }
  }

  /**
   * Adds normal noise and stores as bf16; without noise, does nothing. Sums of products err in proportion to
   * their row's root mean square, elementwise kernels in proportion to the element.
   */
  #disturb(values: Float32Array, width: number, kind: OpNode['kind']): Float32Array {
    const { random, relative } = this.#noise;
    if (relative === 0) return values;
    const share = relative * ERROR_OF_KIND[kind];
    const isSum = kind === 'matmul' || kind === 'attention';
    const noisy = new Float32Array(values.length);
    for (let start = 0; start < values.length; start += width) {
      let squares = 0;
      for (let i = start; i < start + width; i++) squares += (values[i] as number) ** 2;
      const typical = Math.sqrt(squares / width);
      for (let i = start; i < start + width; i++) {
        const value = values[i] as number;
        const deviation = share * (isSum ? typical : Math.abs(value));
        noisy[i] = bf16ToF32(f32ToBf16NearestEven(value + deviation * random.normal()));
      }
    }
    return noisy;
  }

  #shape(op: OpNode, tokens: number): readonly number[] {
    if (op.kind !== 'rope' && op.kind !== 'qk-norm') return [tokens, op.outputWidth];
    return [tokens, op.outputHeads, op.outputWidth / op.outputHeads];
  }

  async #deliver(
    { taps, onTap }: DeployedForwardRequest,
    name: string,
    shape: readonly number[],
    data: Float32Array,
  ): Promise<void> {
    if (onTap && (taps === 'all' || taps?.has(name))) await onTap({ name, value: { shape, data: data.slice() } });
  }
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

import { createHash } from 'node:crypto';
import {
  type ModelSpec,
  type StorageFormat,
  type Tensor,
  TilewrightError,
  type WeightInfo,
  type WeightSource,
  weightShapes,
} from '@tilewright/spec';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { huggingFaceName } from './hugging-face-names.ts';
import type { StoredWeight } from './stored-weight.ts';
import { firstNonFinite } from './widen.ts';

/** A source that can also read some rows of a matrix: the embedding of a token, a part of the head. */
export interface RowSource extends WeightSource {
  /**
   * Rows `first` … `first + rows − 1` along the first axis. They may be put into `out`, which has their length, to
   * spare the memory. Throws as `read` does.
   */
  readRows(name: string, first: number, rows: number, signal?: AbortSignal, out?: Float32Array): Promise<Tensor>;
}

/**
 * Opens the safetensors of a model directory and checks at once that every weight of the model is
 * there, in its shape and in a format that we widen. A tied model's own `lm_head`, and whatever else
 * the model does not use, is ignored. Throws `tensor-missing`, `tensor-misshapen`, `tensor-dtype-unsupported` and
 * the errors of a file that is missing or broken; nothing stays open then.
 */
export async function openModelWeights(directory: string, model: ModelSpec): Promise<RowSource> {
  const checkpoint = await openCheckpoint(directory);
  try {
    const weights: StoredWeight[] = [];
    for (const [name, shape] of weightShapes(model)) weights.push(findWeight(checkpoint, name, shape, directory));
    return modelWeights(weights, () => checkpoint.close());
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

/** A source over weights that are known to be those of a model; `close` closes what they are read from. */
export function modelWeights(weights: readonly StoredWeight[], close: () => Promise<void>): RowSource {
  return new ModelWeights(new Map(weights.map((weight) => [weight.name, weight])), close);
}

/** The format in which most of the elements are stored. */
export function dominantFormat(weights: WeightSource): StorageFormat | null {
  const elements = new Map<StorageFormat, number>();
  for (const { format, shape } of weights.list()) {
    elements.set(format, (elements.get(format) ?? 0) + product(shape));
  }
  const [most] = [...elements].sort((a, b) => b[1] - a[1]);
  return most?.[0] ?? null;
}

class ModelWeights implements RowSource {
  readonly #weights: ReadonlyMap<string, StoredWeight>;
  readonly #close: () => Promise<void>;

  constructor(weights: ReadonlyMap<string, StoredWeight>, close: () => Promise<void>) {
    this.#weights = weights;
    this.#close = close;
  }

  list(): readonly WeightInfo[] {
    return [...this.#weights.values()].map(({ name, shape, format }) => ({ name, shape, format }));
  }

  async read(name: string, signal?: AbortSignal): Promise<Tensor> {
    const { shape } = this.#weight(name);
    return this.readRows(name, 0, shape[0], signal);
  }

  async readRows(name: string, first: number, rows: number, signal?: AbortSignal, out?: Float32Array): Promise<Tensor> {
    const weight = this.#weight(name);
    const { shape } = weight;
    if (first < 0 || rows < 0 || first + rows > shape[0]) {
      throw new TilewrightError(
        'internal',
        `${name} has no rows ${first} to ${first + rows}.`,
        'Report this as a bug.',
        {
          tensor: name,
          expected: shape,
        },
      );
    }
    const width = product(shape.slice(1));
    const data = await weight.rows(first, rows, signal, out);
    const wrong = firstNonFinite(data);
    if (wrong >= 0) throw nonFinite(weight, first * width + wrong, data[wrong], width);
    return { shape: [rows, ...shape.slice(1)], data };
  }

  /** SHA-256 in hexadecimal over names, encodings, shapes and stored bytes, in the order of our names. */
  async digest(signal?: AbortSignal): Promise<string> {
    const hash = createHash('sha256').update('tilewright weights v1\n');
    for (const name of [...this.#weights.keys()].sort()) {
      const weight = this.#weight(name);
      hash.update(`${name} ${weight.encoding} [${weight.shape.join(',')}]\n`);
      for await (const bytes of weight.bytes(signal)) hash.update(bytes);
    }
    return hash.digest('hex');
  }

  async close(): Promise<void> {
    await this.#close();
  }

  #weight(name: string): StoredWeight {
    const weight = this.#weights.get(name);
    if (weight) return weight;
    throw new TilewrightError('tensor-missing', `The model has no weight ${name}.`, 'Ask for one that `list` names.', {
      tensor: name,
    });
  }
}

function findWeight(checkpoint: Checkpoint, name: string, shape: readonly number[], directory: string): StoredWeight {
  const stored = huggingFaceName(name) ?? name;
  const location = checkpoint.find(stored);
  if (location === undefined) {
    throw new TilewrightError(
      'tensor-missing',
      `The weights in ${directory} have no tensor ${stored}, which config.json calls for.`,
      'Check that configuration and weights belong to the same model.',
      { file: directory, tensor: stored, expected: shape },
    );
  }
  const { file, tensor } = location;
  if (tensor.shape.length !== shape.length || tensor.shape.some((extent, axis) => extent !== shape[axis])) {
    throw new TilewrightError(
      'tensor-misshapen',
      `Tensor ${stored} in ${file.file} has shape [${tensor.shape}], and config.json calls for [${shape}].`,
      'Check that configuration and weights belong to the same model.',
      { file: file.file, tensor: stored, expected: shape, got: tensor.shape },
    );
  }
  const format = file.format(tensor);
  const width = product(shape.slice(1));
  return {
    ...{ name, shape, format, file: file.file, tensor: stored, encoding: format },
    rows: (first, count, signal, out) => file.read(tensor, first * width, count * width, signal, out),
    bytes: (signal) => file.bytes(tensor, signal),
  };
}

function nonFinite(weight: StoredWeight, flatIndex: number, value: number, width: number): TilewrightError {
  const { name, shape, file, tensor } = weight;
  const index = shape.length === 1 ? [flatIndex] : [Math.floor(flatIndex / width), flatIndex % width];
  return new TilewrightError(
    'tensor-non-finite',
    `Tensor ${tensor} in ${file} holds ${value} at [${index.join(', ')}].`,
    'Download the weights again, or use a checkpoint without non-finite values.',
    { file, tensor, weight: name, index, got: String(value) },
  );
}

function product(shape: readonly number[]): number {
  return shape.reduce((elements, extent) => elements * extent, 1);
}

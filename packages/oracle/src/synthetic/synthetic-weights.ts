import { type ModelSpec, throwIfAborted, weightShapes } from '@tilewright/spec';
import { modelWeights, type RowSource } from '../weights/model-weights.ts';
import type { StoredWeight } from '../weights/stored-weight.ts';
import { widen } from '../weights/widen.ts';
import { type Distribution, fillPatterns, patternTable, weightSeed } from './weight-patterns.ts';

export interface SyntheticOptions {
  /** Default 0. Another seed is another model. */
  readonly seed?: number;
}

/** Weights that are made as they are read. */
export interface SyntheticWeights extends RowSource {
  /** How long the making has taken so far, which reading from a file would not; widening is not part of it. */
  readonly generationMs: number;
}

/** Elements made at a time. */
const PIECE = 2 ** 20;

/**
 * Weights for any configuration, in bf16, the same on every machine and never held whole. Their scale is such that
 * activations stay near one through any number of layers: a matrix has a standard deviation of
 * 1 / sqrt(inputs), norms are near one, biases near zero.
 */
export function syntheticWeights(model: ModelSpec, { seed = 0 }: SyntheticOptions = {}): SyntheticWeights {
  let generationMs = 0;
  const generate = (patterns: Uint16Array, first: number, nameSeed: number, table: Uint16Array) => {
    const start = performance.now();
    fillPatterns(patterns, first, nameSeed, table);
    generationMs += performance.now() - start;
  };
  const weights = [...weightShapes(model)].map(([name, shape]): StoredWeight => {
    const table = patternTable(distribution(name, shape));
    const nameSeed = weightSeed(name, seed);
    const width = shape.slice(1).reduce((product, extent) => product * extent, 1);
    return {
      ...{ name, shape, format: 'bf16', encoding: 'bf16', file: `synthetic weights, seed ${seed}`, tensor: name },
      rows: async (first, count, signal, out = new Float32Array(count * width)) => {
        for (const [start, patterns] of pieces(count * width, signal)) {
          generate(patterns, first * width + start, nameSeed, table);
          widen(
            'bf16',
            new Uint8Array(patterns.buffer, 0, 2 * patterns.length),
            out.subarray(start, start + patterns.length),
          );
        }
        return out;
      },
      bytes: async function* (signal) {
        for (const [start, patterns] of pieces(shape[0] * width, signal)) {
          generate(patterns, start, nameSeed, table);
          yield new Uint8Array(patterns.buffer, 0, 2 * patterns.length);
        }
      },
    };
  });
  const source = modelWeights(weights, async () => {});
  return {
    get generationMs() {
      return generationMs;
    },
    digest: (signal) => source.digest(signal),
    list: () => source.list(),
    read: (name, signal) => source.read(name, signal),
    readRows: (name, first, rows, signal, out) => source.readRows(name, first, rows, signal, out),
    close: () => source.close(),
  };
}

/** Room for the patterns of some elements at a time, each with where it starts among all. */
function* pieces(elements: number, signal?: AbortSignal): Generator<[number, Uint16Array]> {
  const memory = new Uint16Array(Math.min(PIECE, elements));
  for (let start = 0; start < elements; start += PIECE) {
    throwIfAborted(signal);
    yield [start, memory.subarray(0, Math.min(PIECE, elements - start))];
  }
}

function distribution(name: string, shape: readonly number[]): Distribution {
  if (shape.length > 1) return { mean: 0, standardDeviation: 1 / Math.sqrt(shape[1]) };
  return { mean: name.endsWith('norm.weight') ? 1 : 0, standardDeviation: 0.1 };
}

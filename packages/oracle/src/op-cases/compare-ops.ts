import {
  layerWeight,
  type MatrixEngine,
  type SeededRandom,
  seededRandom,
  type Tensor,
  TilewrightError,
  type WeightSource,
} from '@tilewright/spec';
import { KeyValueCache } from '../forward/key-value-cache.ts';
import { Pacer } from '../forward/pacer.ts';
import { runSegment } from '../forward/run-segment.ts';
import { WeightCache } from '../forward/weight-cache.ts';
import { ropeTable } from '../ops/rope.ts';
import { ropeFrequencies } from '../ops/rope-frequencies.ts';
import type { OpCase } from './op-case.ts';
import { OP_CASES } from './op-cases.ts';

/** An engine's result for a case beside that of the readable implementation. */
export interface OpComparison {
  readonly case: OpCase;
  readonly elements: number;
  /** The largest of |fast − readable| over what the tolerance allows there: at most 1 where all is well. */
  readonly worst: number;
  /** Results that are not finite, in either. */
  readonly nonFinite: number;
  readonly passed: boolean;
  readonly readableMs: number;
  readonly engineMs: number;
}

export interface CompareOpsOptions {
  /** Default: all. */
  readonly cases?: readonly OpCase[];
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Holds an engine, in the way that the oracle uses it, against the readable implementation of every op. */
export async function compareOps(engine: MatrixEngine, options: CompareOpsOptions = {}): Promise<OpComparison[]> {
  const { cases = OP_CASES, seed = 0, signal } = options;
  const comparisons: OpComparison[] = [];
  for (const opCase of cases) {
    const operands = drawOperands(opCase, seed);
    const readable = await compute(opCase, operands, undefined, signal);
    // The first time an engine may have to prepare itself.
    await compute(opCase, operands, engine, signal);
    const fast = await compute(opCase, operands, engine, signal);
    comparisons.push({
      case: opCase,
      ...difference(fast.values, readable.values, opCase.tolerance),
      readableMs: readable.milliseconds,
      engineMs: fast.milliseconds,
    });
  }
  return comparisons;
}

interface Operands {
  readonly inputs: ReadonlyMap<string, Float32Array>;
  readonly weights: WeightSource;
  /** Keys and values of the tokens that came before. */
  readonly past: { readonly keys: Float32Array; readonly values: Float32Array };
}

function drawOperands({ op, model, tokens, past, magnitude }: OpCase, seed: number): Operands {
  const random = seededRandom(seed);
  const keyValueWidth = model.keyValueHeads * model.headDim;
  const inputWidth = op.reduction ?? op.outputWidth;
  const width = (input: string) => (input === 'keys' || input === 'values' ? keyValueWidth : inputWidth);
  const inputs = new Map(op.inputs.map((name) => [name, uniform(random, tokens * width(name), magnitude)]));
  const before = op.kind === 'attention' ? past * keyValueWidth : 0;
  const elements = op.kind === 'qk-norm' ? model.headDim : op.outputWidth * (op.reduction ?? 1);
  const shape = op.reduction === undefined ? [elements] : [op.outputWidth, op.reduction];
  return {
    inputs,
    weights: oneWeight(layerWeight(0, op.weights[0] ?? ''), { shape, data: uniform(random, elements, 1) }),
    past: { keys: uniform(random, before, magnitude), values: uniform(random, before, magnitude) },
  };
}

async function compute(
  { op, model, tokens, past }: OpCase,
  operands: Operands,
  engine: MatrixEngine | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly values: Float32Array; readonly milliseconds: number }> {
  const values = new Map(operands.inputs);
  const cache = new KeyValueCache(model.keyValueHeads, model.headDim);
  cache.write(0, operands.past.keys, operands.past.values);
  const context = {
    ...{ model, layer: 0, tokens, past, cache, engine, signal },
    weights: new WeightCache(operands.weights, Number.POSITIVE_INFINITY),
    ropeTable: ropeTable(ropeFrequencies(model.rope, model.headDim), past, tokens),
    pacer: new Pacer(signal),
  };
  const start = performance.now();
  await runSegment({ ops: [op], needed: new Set([op.output]) }, values, () => false, context);
  return { values: values.get(op.output) as Float32Array, milliseconds: performance.now() - start };
}

/** Around zero, of a standard deviation. */
function uniform(random: SeededRandom, count: number, deviation: number): Float32Array {
  const range = Math.sqrt(12) * deviation;
  return Float32Array.from({ length: count }, () => (random.uniform() - 0.5) * range);
}

function oneWeight(name: string, tensor: Tensor): WeightSource {
  return {
    digest: async () => {
      throw new TilewrightError('internal', 'A weight of an op case has no digest.', 'Report this as a bug.');
    },
    list: () => [{ name, shape: tensor.shape, format: 'f32' }],
    read: async () => tensor,
    close: async () => {},
  };
}

function difference(
  fast: Float32Array,
  readable: Float32Array,
  { absolute, relative }: OpCase['tolerance'],
): Pick<OpComparison, 'elements' | 'worst' | 'nonFinite' | 'passed'> {
  let worst = 0;
  let nonFinite = 0;
  for (let i = 0; i < readable.length; i++) {
    if (!Number.isFinite(fast[i]) || !Number.isFinite(readable[i])) nonFinite++;
    const error = Math.abs(fast[i] - readable[i]);
    if (error > 0) worst = Math.max(worst, error / (absolute + relative * Math.abs(readable[i])));
  }
  const passed = fast.length === readable.length && nonFinite === 0 && worst <= 1;
  return { elements: readable.length, worst, nonFinite, passed };
}

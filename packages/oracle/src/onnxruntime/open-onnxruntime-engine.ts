import { availableParallelism } from 'node:os';
import { type MatrixProduct, type OpNode, TilewrightError } from '@tilewright/spec';
import type { AttentionBlock, GraphEngine, GraphPiece } from '../forward/graph-engine.ts';
import { requireProductSizes } from '../forward/require-product-sizes.ts';
import { attentionGraph } from '../ops/attention-graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { opGraph, ROPE_TABLE, weightDimensions } from './op-graphs.ts';
import { type OnnxRuntime, type Operand, Sessions } from './sessions.ts';

export interface OnnxruntimeOptions {
  /** Default: as many as the machine has cores for us. */
  readonly threads?: number;
}

/**
 * An engine on ONNX Runtime for the CPU, which the package `onnxruntime-node` brings, an optional peer. Throws
 * `module-unknown` where that is not installed or does not load.
 */
export async function openOnnxruntimeEngine(options: OnnxruntimeOptions = {}): Promise<GraphEngine> {
  const runtime = await load();
  return new OnnxruntimeEngine(runtime, options.threads ?? availableParallelism());
}

async function load(): Promise<OnnxRuntime> {
  try {
    const { InferenceSession, Tensor, env } = await import('onnxruntime-node');
    return { InferenceSession, Tensor, env };
  } catch (error) {
    throw new TilewrightError(
      'module-unknown',
      'onnxruntime-node is not installed, or does not load on this machine.',
      'Run: npm install onnxruntime-node',
      { module: 'onnxruntime-node' },
      { cause: error },
    );
  }
}

class OnnxruntimeEngine implements GraphEngine {
  readonly specificationVersion = 'v1';
  readonly id: string;
  readonly #sessions: Sessions;

  constructor(runtime: OnnxRuntime, threads: number) {
    this.id = `onnxruntime ${runtime.env.versions.node ?? runtime.env.versions.common}`;
    this.#sessions = new Sessions(runtime, threads);
  }

  async product(product: MatrixProduct): Promise<void> {
    const { x, w, out, m, n, k, transposed, batch = 1 } = requireProductSizes(product);
    const type = x instanceof Float32Array ? 'float32' : 'float64';
    // MatMul takes a batch, and Gemm a transposed weight.
    for (let i = 0; i < (transposed ? batch : 1); i++) {
      const [rows, stack] = transposed ? [i, []] : [0, [batch]];
      const dimensions = { x: [...stack, m, k], w: transposed ? [n, k] : [...stack, k, n], out: [...stack, m, n] };
      const part = <Values extends typeof x>(values: Values, extents: readonly number[]): Operand => {
        const length = extents.reduce((elements, extent) => elements * extent, 1);
        return { data: values.subarray(rows * length, (rows + 1) * length), dimensions: extents };
      };
      await this.#sessions.run(
        `product ${type} ${transposed ? 'transposed' : 'plain'}`,
        () => productGraph(type, transposed),
        new Map([
          ['x', part(x, dimensions.x)],
          ['w', part(w, dimensions.w)],
        ]),
        [part(out, dimensions.out)],
      );
    }
  }

  async ops({ model, ops, tokens, inputs, weights, ropeTable, outputs }: GraphPiece): Promise<void> {
    const wanted = ops.filter(({ output }) => outputs.has(output)).map(({ output }) => output);
    const key = `${ops.map(named).join(', ')} of ${model.headDim}, epsilon ${model.rmsNormEpsilon}, for ${wanted}`;

    const operands = new Map<string, Operand>();
    for (const [name, data] of inputs) operands.set(name, { data, dimensions: [tokens, data.length / tokens] });
    for (const op of ops) {
      for (const name of op.weights) {
        operands.set(name, { data: weights.get(name) as Float32Array, dimensions: weightDimensions(op, model) });
      }
    }
    if (ops.some((op) => op.kind === 'rope')) {
      const dimensions = [tokens, model.headDim / 2];
      operands.set(ROPE_TABLE.cosines, { data: ropeTable.cosines, dimensions });
      operands.set(ROPE_TABLE.sines, { data: ropeTable.sines, dimensions });
    }
    const fetched = wanted.map((name): Operand => {
      const data = outputs.get(name) as Float32Array;
      return { data, dimensions: [tokens, data.length / tokens] };
    });
    await this.#sessions.run(key, () => opGraph(model, ops, new Set(wanted)), operands, fetched);
  }

  async attention({ queries, keys, values, shape, out }: AttentionBlock): Promise<void> {
    const { tokens, past, heads, keyValueHeads, headDim } = shape;
    const visible = past + tokens;
    const byHead = [tokens, keyValueHeads, heads / keyValueHeads, headDim];
    const stored = visible * keyValueHeads * headDim;
    await this.#sessions.run(
      `attention of ${heads} and ${keyValueHeads} heads of ${headDim}`,
      () => encodeAttention(shape),
      new Map([
        ['queries', { data: queries, dimensions: byHead }],
        ['keys', { data: keys.subarray(0, stored), dimensions: [visible, keyValueHeads, headDim] }],
        ['values', { data: values.subarray(0, stored), dimensions: [visible, keyValueHeads, headDim] }],
        ['mask', { data: causalMask(tokens, past), dimensions: [tokens, visible] }],
      ]),
      [{ data: out, dimensions: byHead }],
    );
  }

  async close(): Promise<void> {
    await this.#sessions.close();
  }
}

/** All of an op that its graph depends on. */
function named({ kind, inputs, weights, output, outputWidth, outputHeads, reduction = 1 }: OpNode): string {
  return `${output} = ${kind}(${[...inputs, ...weights]}) [${outputWidth}, ${outputHeads}, ${reduction}]`;
}

function productGraph(type: 'float32' | 'float64', transposed: boolean): Uint8Array {
  const graph = new GraphBuilder();
  const stack = transposed ? [] : ['batch'];
  const x = graph.input('x', type, [...stack, 'm', 'k']);
  const w = graph.input('w', type, transposed ? ['n', 'k'] : ['batch', 'k', 'n']);
  const out = transposed ? graph.node('Gemm', [x, w], { transB: 1 }) : graph.node('MatMul', [x, w]);
  graph.output(out, type, [...stack, 'm', 'n']);
  return graph.encode();
}

function encodeAttention(shape: AttentionBlock['shape']): Uint8Array {
  const { heads, keyValueHeads, headDim } = shape;
  const graph = new GraphBuilder();
  const byHead = ['tokens', keyValueHeads, heads / keyValueHeads, headDim];
  const stored = ['visible', keyValueHeads, headDim];
  const operands = {
    queries: graph.input('queries', 'float32', byHead),
    keys: graph.input('keys', 'float32', stored),
    values: graph.input('values', 'float32', stored),
    mask: graph.input('mask', 'float32', ['tokens', 'visible']),
  };
  graph.output(attentionGraph(graph, operands, shape), 'float32', byHead);
  return graph.encode();
}

/** Minus infinity where a query would see a later position; [tokens, past + tokens]. */
function causalMask(tokens: number, past: number): Float32Array {
  const visible = past + tokens;
  const mask = new Float32Array(tokens * visible);
  for (let t = 0; t < tokens; t++) mask.fill(Number.NEGATIVE_INFINITY, t * visible + past + t + 1, (t + 1) * visible);
  return mask;
}

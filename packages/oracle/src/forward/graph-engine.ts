import type { MatrixEngine, ModelSpec, OpNode } from '@tilewright/spec';
import type { AttentionShape } from '../ops/attention.ts';
import type { RopeTable } from '../ops/rope.ts';

/** Ops of a layer that are computed together. All arrays are [tokens, width]. */
export interface GraphPiece {
  readonly model: ModelSpec;
  readonly ops: readonly OpNode[];
  readonly tokens: number;
  /** What the ops read that none of them computes, by tap name within the layer. */
  readonly inputs: ReadonlyMap<string, Float32Array>;
  /** By name within the layer. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly ropeTable: RopeTable;
  /** The ops' outputs that are wanted, by tap name; overwritten. Nothing else is ever stored. */
  readonly outputs: ReadonlyMap<string, Float32Array>;
}

/** One attention, as `attention` takes it, into `out` [tokens, heads · headDim]. */
export interface AttentionBlock {
  readonly queries: Float32Array;
  readonly keys: Float32Array;
  readonly values: Float32Array;
  readonly shape: AttentionShape;
  readonly out: Float32Array;
}

/** A matrix engine that can also compute several ops as one graph, and attention. `@tilewright/oracle/onnxruntime` is one. */
export interface GraphEngine extends MatrixEngine {
  ops(piece: GraphPiece): Promise<void>;
  attention(block: AttentionBlock): Promise<void>;
}

export function isGraphEngine(engine: MatrixEngine | undefined): engine is GraphEngine {
  return engine !== undefined && 'ops' in engine && 'attention' in engine;
}

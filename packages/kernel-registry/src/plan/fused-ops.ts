import { layerOps, type ModelSpec, type OpNode } from '@tilewright/spec';

/** The ops of a kernel that computes several, in execution order; the last one's output is the kernel's. */
type Composition = (last: OpNode, ops: readonly OpNode[]) => readonly OpNode[] | null;

/** Kernels of several ops, and of which. */
const COMPOSITIONS: ReadonlyMap<string, Composition> = new Map<string, Composition>([
  ['gemv-add', productAndAdd],
  ['gemv-cascade-add', productAndAdd],
  ['norm-swiglu-gemv', normGateUpSilu],
]);

/**
 * What a registry kernel has inside when it computes `computes`: the taps before it that nothing outside can see,
 * in execution order. Empty for a kernel of one op; null where a kernel of several ops does not compute that.
 */
export function tapsInside(kernel: string, computes: string | null, model: ModelSpec): readonly string[] | null {
  const composition = COMPOSITIONS.get(kernel);
  if (composition === undefined || computes === null) return [];
  const ops = layerOps(model);
  const last = ops.find(({ output }) => output === computes);
  const fused = last === undefined ? null : composition(last, ops);
  if (fused === null) return null;
  const inside = fused.slice(0, -1).map(({ output }) => output);
  // What anything outside reads cannot stay inside.
  const isRead = ops.some((op) => !fused.includes(op) && op.inputs.some((input) => inside.includes(input)));
  return isRead ? null : inside;
}

/** residual + A·x. */
function productAndAdd(last: OpNode, ops: readonly OpNode[]): readonly OpNode[] | null {
  if (last.kind !== 'add') return null;
  const product = ops.find(({ kind, output }) => kind === 'matmul' && output === last.inputs[1]);
  return product === undefined ? null : [product, last];
}

/** silu(G·n) · (U·n), n the norm of the residual stream. */
function normGateUpSilu(last: OpNode, ops: readonly OpNode[]): readonly OpNode[] | null {
  if (last.kind !== 'silu-mul') return null;
  const [gate, up] = last.inputs.map((input) => ops.find(({ output }) => output === input));
  if (gate?.kind !== 'matmul' || up?.kind !== 'matmul' || gate.inputs[0] !== up.inputs[0]) return null;
  const norm = ops.find(({ kind, output }) => kind === 'rms-norm' && output === gate.inputs[0]);
  return norm === undefined ? null : [norm, gate, up, last];
}

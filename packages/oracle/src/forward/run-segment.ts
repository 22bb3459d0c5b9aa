import { layerWeight } from '@tilewright/spec';
import { isGraphEngine } from './graph-engine.ts';
import { type LayerContext, runOp } from './run-op.ts';
import type { Segment } from './segments.ts';
import type { WeightLease } from './weight-cache.ts';

/**
 * Computes a segment of a layer: takes its inputs from `values`, by tap name, and puts there what is needed and
 * what is `tapped`.
 */
export async function runSegment(
  { ops, needed }: Segment,
  values: Map<string, Float32Array>,
  tapped: (output: string) => boolean,
  context: LayerContext,
): Promise<void> {
  const { engine, weights, layer, tokens, model, ropeTable, signal } = context;
  if (!isGraphEngine(engine) || ops[0].kind === 'attention') {
    for (const op of ops) {
      const inputs = op.inputs.map((name) => values.get(name) as Float32Array);
      values.set(op.output, await runOp(op, inputs, context));
    }
    return;
  }
  const names = new Set(ops.flatMap((op) => op.weights));
  const inputs = new Map<string, Float32Array>();
  for (const name of ops.flatMap((op) => op.inputs)) {
    const value = values.get(name);
    if (value) inputs.set(name, value);
  }
  const outputs = new Map<string, Float32Array>();
  for (const { output, outputWidth } of ops) {
    if (needed.has(output) || tapped(output)) outputs.set(output, new Float32Array(tokens * outputWidth));
  }
  const leases = new Map<string, WeightLease>();
  try {
    for (const name of names) leases.set(name, await weights.lease(layerWeight(layer, name), signal));
    const data = new Map([...leases].map(([name, lease]) => [name, lease.data]));
    await engine.ops({ model, ops, tokens, inputs, weights: data, ropeTable, outputs });
  } finally {
    for (const lease of leases.values()) lease.release();
  }
  for (const [name, value] of outputs) values.set(name, value);
}

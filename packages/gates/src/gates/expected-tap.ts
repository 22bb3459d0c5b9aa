import { type FusedTaps, layerOps, layerTap, type ModelSpec, type OpNode } from '@tilewright/spec';
import type { Policy, ToleranceRule } from '../policy/policy.ts';

export type Section = 'prefill' | 'decode';

/** A value that a gate wants to compare, and by which rule. Lists of these are in execution order. */
export interface ExpectedTap {
  readonly name: string;
  readonly layer: number | null;
  readonly kernel: string;
  readonly rule: string;
  readonly tolerance: ToleranceRule;
}

/**
 * Every kernel of every layer, and what stands before and after them: what the op graph has, not what a plan offers.
 * What a kernel of several ops has inside is judged by what leaves it, held against the oracle's composition.
 */
export function expectedKernels(model: ModelSpec, policy: Policy, fused: readonly FusedTaps[] = []): ExpectedTap[] {
  const ops = layerOps(model);
  const kernels = ops.flatMap((op) => {
    const inside = enclosed(op, ops, fused);
    if (inside === null) return [];
    const rules = [op, ...inside].map(({ kind }) => policy.kernels[kind]);
    const within = inside.length === 0 ? '' : `, ${inside.map(({ output }) => output).join(', ')} inside`;
    return [{ op, rule: `kernels.${op.kind}${within}`, tolerance: loosest(rules) }];
  });
  const outside = (name: string, kernel: 'embedding' | 'final-norm' | 'lm-head'): ExpectedTap => ({
    name,
    layer: null,
    kernel: name,
    rule: `kernels.${kernel}`,
    tolerance: policy.kernels[kernel],
  });
  const expected = [outside('embedding', 'embedding')];
  for (let layer = 0; layer < model.layers; layer++) {
    for (const { op, rule, tolerance } of kernels) {
      expected.push({ name: layerTap(layer, op.output), layer, kernel: op.output, rule, tolerance });
    }
  }
  expected.push(outside('final_norm', 'final-norm'), outside('logits', 'lm-head'));
  return expected;
}

/**
 * The ops inside the kernel that ends with `op`; null where `op` is inside another one. An op counts as inside only if
 * nothing outside reads it and it does not leave the block: a claim that hides more is not believed, and what it hides
 * will be missed.
 */
function enclosed(op: OpNode, ops: readonly OpNode[], fused: readonly FusedTaps[]): readonly OpNode[] | null {
  const sound = fused.filter(({ tap, inside }) =>
    inside.every((name) => {
      const readers = ops.filter(({ inputs }) => inputs.includes(name));
      const stays = readers.every(({ output }) => output === tap || inside.includes(output));
      return readers.length > 0 && stays && name !== tap && !LEAVES_THE_BLOCK.includes(name);
    }),
  );
  if (sound.some(({ inside }) => inside.includes(op.output))) return null;
  const own = sound.find(({ tap }) => tap === op.output)?.inside ?? [];
  return ops.filter(({ output }) => own.includes(output));
}

/** What several kernels in a row may deviate at most, each by itself: of every limit the widest. */
function loosest(rules: readonly ToleranceRule[]): ToleranceRule {
  return rules.reduce((wide, rule) => ({
    absolute: Math.max(wide.absolute, rule.absolute),
    relative: Math.max(wide.relative, rule.relative),
    meanRelativeL1: Math.max(wide.meanRelativeL1, rule.meanRelativeL1),
    correlation: Math.min(wide.correlation, rule.correlation),
    rowCosine: Math.min(wide.rowCosine, rule.rowCosine),
    reason: wide.reason === rule.reason ? wide.reason : `${wide.reason} ${rule.reason}`,
  }));
}

/** What leaves a block: the residual stream, and keys and values for the cache. These no plan can hide. */
const LEAVES_THE_BLOCK: readonly string[] = ['k_rope', 'v_proj', 'output'];

/** Within each block, all that the deployment can show; what leaves the block, whether it can or not. */
export function expectedBlockTaps(model: ModelSpec, policy: Policy, offered: readonly string[]): ExpectedTap[] {
  const output = { ...policy.block, rowCosine: blockRowCosine(model, policy) };
  const inner = { rule: 'block', tolerance: policy.block };
  const nonlinear = { rule: 'blockNonlinear', tolerance: policy.blockNonlinear };
  return shownTaps(model, offered, (op) => {
    if (op.output === 'output') return { rule: 'blockRowCosine', tolerance: output };
    return isNonlinear(op) ? nonlinear : inner;
  });
}

/** The same in a free run, where every layer adds its error to those before; and the logits at the end. */
export function expectedRunTaps(model: ModelSpec, policy: Policy, offered: readonly string[]): ExpectedTap[] {
  const within = shownTaps(model, offered, (op) =>
    isNonlinear(op) ? { rule: 'runNonlinear', tolerance: policy.runNonlinear } : { rule: 'run', tolerance: policy.run },
  );
  return [...within, { name: 'logits', layer: null, kernel: 'logits', rule: 'logits', tolerance: policy.logits }];
}

function shownTaps(
  model: ModelSpec,
  offered: readonly string[],
  ruleOf: (op: OpNode) => Pick<ExpectedTap, 'rule' | 'tolerance'>,
): ExpectedTap[] {
  const shown = new Set([...offered, ...LEAVES_THE_BLOCK]);
  const ops = layerOps(model).filter((op) => shown.has(op.output));
  const layers = Array.from({ length: model.layers }, (_, layer) => layer);
  return layers.flatMap((layer) =>
    ops.map((op) => ({ name: layerTap(layer, op.output), layer, kernel: op.output, ...ruleOf(op) })),
  );
}

function blockRowCosine(model: ModelSpec, policy: Policy): number {
  const entry = policy.blockRowCosine.find(({ headDimUpTo }) => headDimUpTo === null || model.headDim <= headDimUpTo);
  return entry?.atLeast ?? policy.block.rowCosine;
}

/** Attention, the product of activations, and the projections that read them (with their bias, if there is one). */
function isNonlinear({ kind, output }: OpNode): boolean {
  return kind === 'attention' || kind === 'silu-mul' || /^(o|down)_proj/.test(output);
}

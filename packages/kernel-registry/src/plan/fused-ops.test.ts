import type { PlanEdit, PlanLaunch } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { LLAMA_1B } from '../__fixtures__/models.ts';
import { applyEdits } from './apply-edits.ts';
import { tapsInside } from './fused-ops.ts';
import { invertEdits } from './invert-edits.ts';
import { naivePlan } from './naive-plan.ts';

describe('tapsInside', () => {
  it('follows the op graph', () => {
    expect(tapsInside('gemv-add', 'attention_residual', LLAMA_1B)).toEqual(['o_proj']);
    expect(tapsInside('gemv-cascade-add', 'output', LLAMA_1B)).toEqual(['down_proj']);
    expect(tapsInside('norm-swiglu-gemv', 'silu_mul', LLAMA_1B)).toEqual([
      'post_attention_norm',
      'gate_proj',
      'up_proj',
    ]);
    expect(tapsInside('gemv', 'o_proj', LLAMA_1B)).toEqual([]);
    expect(tapsInside('gemv-add', null, LLAMA_1B)).toEqual([]);
  });

  it('knows where a kernel of several ops does not compute that', () => {
    expect(tapsInside('gemv-add', 'silu_mul', LLAMA_1B)).toBeNull();
    expect(tapsInside('gemv-add', 'nonesuch', LLAMA_1B)).toBeNull();
    expect(tapsInside('norm-swiglu-gemv', 'output', LLAMA_1B)).toBeNull();
    // With a bias the add reads the sum of product and bias, which is no projection.
    const biased = { ...LLAMA_1B, bias: { qkv: false, output: true, mlp: true } };
    expect(tapsInside('gemv-add', 'attention_residual', biased)).toBeNull();
    expect(tapsInside('norm-swiglu-gemv', 'silu_mul', biased)).toBeNull();
  });
});

describe('fuse-launches', () => {
  const plan = naivePlan(LLAMA_1B, EIGHT_BY_FOUR, { prefillLength: 40, contextLength: 64 });
  const [first] = plan.sections.decode.layer.flatMap((step) => (step.kind === 'dispatch' ? step.launches : []));
  const into: PlanLaunch = { ...(first as PlanLaunch), id: 'fused' };
  const fuse = (launches: readonly string[]): PlanEdit => ({
    kind: 'fuse-launches',
    section: 'decode',
    launches,
    into,
  });
  const merge: PlanEdit = {
    ...{ kind: 'merge-dispatches', section: 'decode', into: 'ffn' },
    dispatches: ['gate_proj', 'up_proj', 'silu_mul'],
  };
  const ids = (edits: readonly PlanEdit[]) =>
    applyEdits(plan, edits).sections.decode.layer.flatMap((step) =>
      step.kind === 'dispatch' ? [[step.id, ...step.launches.map(({ id }) => id)]] : [],
    );

  it('replaces launches of one dispatch, or whole dispatches, and can be taken back', () => {
    expect(ids([merge, fuse(['gate_proj', 'up_proj'])])).toContainEqual(['ffn', 'fused', 'silu_mul']);
    expect(ids([fuse(['gate_proj', 'up_proj', 'silu_mul'])])).toContainEqual(['gate_proj', 'fused']);
    for (const edits of [[merge, fuse(['gate_proj', 'up_proj'])], [fuse(['gate_proj', 'up_proj'])]]) {
      expect(applyEdits(applyEdits(plan, edits), invertEdits(plan, edits))).toEqual(plan);
    }
  });

  it.each([
    ['launches apart', [fuse(['gate_proj', 'silu_mul'])]],
    ['launches in another order', [fuse(['up_proj', 'gate_proj'])]],
    ['one launch', [fuse(['gate_proj'])]],
    ['a launch that is not there', [fuse(['gate_proj', 'nonesuch'])]],
    ['a part of a dispatch and another one', [merge, fuse(['post_attention_norm', 'gate_proj'])]],
    ['across a host step', [fuse(['k_rope', 'o_proj'])]],
    ['an id that is taken', [{ ...fuse(['gate_proj', 'up_proj']), into: { ...into, id: 'o_proj' } } as PlanEdit]],
  ])('refuses %s', (_, edits) => {
    expect(() => applyEdits(plan, edits)).toThrow(expect.objectContaining({ code: 'plan-invalid' }));
  });
});

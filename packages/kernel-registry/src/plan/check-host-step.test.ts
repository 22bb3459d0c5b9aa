import type { HostOperation, PlanEdit, SectionName } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { ODD_MODEL } from '../__fixtures__/models.ts';
import { applyEdits } from './apply-edits.ts';
import { checkPlan } from './check-plan.ts';
import { naivePlan } from './naive-plan.ts';

const plan = naivePlan({ ...ODD_MODEL, qkNorm: false }, EIGHT_BY_FOUR, { prefillLength: 40, contextLength: 64 });

function faultsOf(section: SectionName, part: 'once' | 'layer', operation: HostOperation): readonly string[] {
  const step: PlanEdit = {
    ...{ kind: 'insert-step', section, part, index: 0 },
    step: { kind: 'host', id: 'odd', operation },
  };
  return checkPlan(applyEdits(plan, [step]), EIGHT_BY_FOUR);
}

describe('steps of the host', () => {
  const wrong: readonly [SectionName, 'once' | 'layer', HostOperation, RegExp][] = [
    ['prefill', 'layer', { name: 'final-norm', output: 'residual' }, /has no place in the part layer of prefill/],
    ['decode', 'once', { name: 'append-key-values', keys: 'k_rope', values: 'v_proj' }, /no place in the part once/],
    ['head', 'once', { name: 'embedding', output: 'final_norm' }, /no place in the part once of head/],
    [
      'decode',
      'layer',
      { name: 'append-key-values', keys: 'gate_proj', values: 'v_proj' },
      /gate_proj is laid out for/,
    ],
    ['decode', 'layer', { name: 'decode-attention', query: 'residual', output: 'k_rope' }, /k_rope is laid out for/],
    ['decode', 'layer', { name: 'embedding', output: 'q_proj.weight' }, /q_proj.weight is matrix/],
    ['prefill', 'layer', { name: 'rope-table', output: 'residual' }, /residual is activation/],
    ['decode', 'once', { name: 'transpose', input: 'q_proj.weight', output: 'q_rope' }, /is of each layer/],
  ];

  it.each(wrong)('in %s, %s: %j is refused', (section, part, operation, reason) => {
    expect(faultsOf(section, part, operation).join('\n')).toMatch(reason);
  });

  it('are taken where the runner can do them', () => {
    expect(checkPlan(plan, EIGHT_BY_FOUR)).toEqual([]);
    const attention: HostOperation = { name: 'decode-attention', query: 'q_rope', output: 'attention' };
    expect(faultsOf('decode', 'layer', attention)).toEqual([]);
  });
});

import { applyEdits, checkPlan, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import type { Situation } from '@tilewright/spec';
import { expect, test } from 'vitest';
import { naiveSituation } from '../__fixtures__/small-llama.ts';
import { layoutAlignment } from './layout-alignment.ts';

function aligned(situation: Situation): Situation['plan'] {
  const edits = layoutAlignment.match(situation).flatMap((match) => layoutAlignment.propose(situation, match).edits);
  return applyEdits(situation.plan, edits);
}

test('no transposition is left, and the plan still lowers', () => {
  const situation = naiveSituation(4);
  const transpositions = ({ sections }: Situation['plan']) =>
    sections.prefill.layer.filter((step) => step.kind === 'host' && step.operation.name === 'transpose').length;
  expect(transpositions(situation.plan)).toBe(4);
  const plan = aligned(situation);
  expect(transpositions(plan)).toBe(0);
  expect(plan.sections.prefill.buffers.filter(({ layout }) => layout.order === 'heads-first')).toEqual([]);
  expect(lowerPlan(plan, situation.device).dispatches).toHaveLength(
    lowerPlan(situation.plan, situation.device).dispatches.length,
  );
});

test('the changed configuration says who chose it', () => {
  const plan = aligned(naiveSituation(4));
  const attention = plan.sections.prefill.layer
    .flatMap((step) => (step.kind === 'dispatch' ? step.launches : []))
    .find(({ id }) => id === 'attention');
  expect(attention?.kernel).toMatchObject({
    config: { layout: 'sequence-first' },
    basis: { kind: 'edited', by: 'layout-alignment' },
  });
});

test('a transposed value that somebody else reads too is left as it is', () => {
  const situation = naiveSituation(4);
  const { prefill } = situation.plan.sections;
  const spy = {
    kind: 'host',
    id: 'spy',
    operation: { name: 'transpose', input: 'q_rope.heads_first', output: 'q_rope' },
  } as const;
  const plan = applyEdits(situation.plan, [
    { kind: 'insert-step', section: 'prefill', part: 'layer', index: prefill.layer.length, step: spy },
  ]);
  expect(layoutAlignment.match({ ...situation, plan })).toEqual([]);
});

test('heads of 128 take two tiles of the head dimension, and stay heads-first as the published deployments have them', () => {
  const situation = naiveSituation(4);
  const model = { ...situation.plan.model, maxPositions: 512, heads: 8, keyValueHeads: 4 };
  const device = {
    ...situation.device,
    ...{ columns: 8, computeRows: 4, l1BytesPerTile: 65_536, l2BytesPerMemtile: 524_288 },
  };
  const at = (headDim: number) => ({
    ...situation,
    device,
    plan: naivePlan({ ...model, headDim }, device, { prefillLength: 512, contextLength: 512 }),
  });
  expect(layoutAlignment.match(at(128))).toEqual([]);
  expect(layoutAlignment.match(at(64)).map(({ subject }) => subject)).toEqual(['prefill attention']);
  // Groups of three heads of 128, as in Llama-3.2-3B, have a kernel that takes whole heads.
  const plan = naivePlan({ ...model, headDim: 128, heads: 6, keyValueHeads: 2 }, device, {
    ...{ prefillLength: 512, contextLength: 512 },
  });
  const grouped = { ...situation, device, plan };
  expect(layoutAlignment.match(grouped).map(({ subject }) => subject)).toEqual([
    'prefill attention as temporal-attention',
  ]);
  expect(checkPlan(aligned(grouped), device)).toEqual([]);
});

test('decode has no attention on the device and nothing to align', () => {
  expect(layoutAlignment.match(naiveSituation(5))).toEqual([]);
});

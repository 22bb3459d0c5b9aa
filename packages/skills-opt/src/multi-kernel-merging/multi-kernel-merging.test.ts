import { applyEdits, lowerPlan } from '@tilewright/kernel-registry';
import { expect, test } from 'vitest';
import { naiveSituation } from '../__fixtures__/small-llama.ts';
import { multiKernelMerging } from './multi-kernel-merging.ts';

test('a prefill layer becomes three dispatches, a decode layer two', () => {
  const merged = (phase: number) => {
    const situation = naiveSituation(phase);
    const edits = multiKernelMerging
      .match(situation)
      .flatMap((match) => multiKernelMerging.propose(situation, match).edits);
    return applyEdits(situation.plan, edits);
  };
  const dispatches = (plan: ReturnType<typeof merged>, section: 'prefill' | 'decode') =>
    plan.sections[section].layer.filter(({ kind }) => kind === 'dispatch').map(({ id }) => id);
  expect(dispatches(naiveSituation(4).plan, 'prefill')).toHaveLength(15);
  expect(dispatches(merged(4), 'prefill')).toEqual(['input_norm_to_k_rope', 'attention', 'o_proj_to_output']);
  expect(dispatches(merged(5), 'decode')).toEqual(['input_norm_to_k_rope', 'o_proj_to_output']);
});

test('what is handed on stays on the device, what the host needs does not', () => {
  const situation = naiveSituation(4);
  const [first] = multiKernelMerging.match(situation);
  const { edits } = multiKernelMerging.propose(situation, first as NonNullable<typeof first>);
  const kept = edits.flatMap((edit) => (edit.kind === 'set-residency' ? [edit.buffer] : []));
  expect(kept.sort()).toEqual(['input_norm', 'k_proj', 'q_proj']);
});

test('a dispatch gets at most twelve launches', () => {
  const situation = naiveSituation(4);
  // Without the attention and its host steps in between, 14 dispatches follow each other.
  const { prefill } = situation.plan.sections;
  const layer = prefill.layer.filter((step) => step.kind === 'dispatch' && step.id !== 'attention');
  const plan = { ...situation.plan, sections: { ...situation.plan.sections, prefill: { ...prefill, layer } } };
  const long = { ...situation, plan };
  const edits = multiKernelMerging.match(long).flatMap((match) => multiKernelMerging.propose(long, match).edits);
  const lowered = lowerPlan(applyEdits(plan, edits), situation.device);
  const launches = lowered.dispatches
    .filter(({ section }) => section === 'prefill')
    .map(({ program }) => program.launches.length);
  expect(launches).toEqual([12, 2]);
});

import { applyEdits } from '@tilewright/kernel-registry';
import type { PlanEdit, Situation } from '@tilewright/spec';
import { smallSituation } from '@tilewright/testkit';
import { expect, test } from 'vitest';
import { naiveSituation } from '../__fixtures__/small-llama.ts';
import { bufferObjectReuse } from './buffer-object-reuse.ts';

function rolesOf(situation: Situation, subject: string): Record<string, string> {
  const match = bufferObjectReuse.match(situation).find((one) => one.subject === subject);
  if (match === undefined) throw new Error(`no match of ${subject}`);
  const { edits } = bufferObjectReuse.propose(situation, match);
  return Object.fromEntries(
    edits.map((edit) => (edit.kind === 'set-residency' ? [edit.buffer, `${edit.residency} ${edit.role}`] : [])),
  );
}

test('each phase is offered the sections that it optimises', () => {
  const subjects = (phase: number) => bufferObjectReuse.match(naiveSituation(phase)).map(({ subject }) => subject);
  expect(subjects(4)).toEqual(['prefill weights', 'prefill activations', 'head weights', 'head activations']);
  expect(subjects(5)).toEqual(['decode weights', 'decode activations', 'head weights', 'head activations']);
});

test('every weight becomes static', () => {
  const roles = rolesOf(naiveSituation(4), 'prefill weights');
  expect(Object.keys(roles).sort()).toEqual([
    'down_proj.weight',
    'gate_proj.weight',
    'input_norm.weight',
    'k_proj.weight',
    'o_proj.weight',
    'post_attention_norm.weight',
    'q_proj.weight',
    'up_proj.weight',
    'v_proj.weight',
  ]);
  expect(new Set(Object.values(roles))).toEqual(new Set(['device static']));
});

test('activations get the role that follows from who touches them', () => {
  const roles = rolesOf(naiveSituation(5), 'decode activations');
  // Dispatches only.
  for (const buffer of ['input_norm', 'q_proj', 'k_proj', 'attention_residual', 'gate_proj', 'up_proj', 'silu_mul']) {
    expect([buffer, roles[buffer]]).toEqual([buffer, 'device intermediate']);
  }
  // The KV cache and the attention are the host's.
  for (const buffer of ['q_rope', 'k_rope', 'v_proj'])
    expect([buffer, roles[buffer]]).toEqual([buffer, 'device output']);
  // Written by the host in each layer for one dispatch.
  expect(roles.attention).toBe('device input');
  // The embedding writes it, the head reads it, and each layer does both in between.
  expect(roles.residual).toBe('device output');
  // Written once per pass, read in each layer: brought over when it is written, not each time it is read.
  expect(roles['rope_table.query']).toBe('device output');
});

test('the expected gain is what the transfers cost', () => {
  // Two layers of smallPlan: attention_residual, 16 × 64 bf16, is written by one dispatch and read by the next.
  const situation = { ...smallSituation(4) };
  const keep = (buffer: string): PlanEdit => ({
    kind: 'set-residency',
    section: 'prefill',
    buffer,
    residency: 'device',
    role: 'output',
  });
  const plan = applyEdits(situation.plan, [keep('residual')]);
  const [match] = bufferObjectReuse.match({ ...situation, plan });
  const proposal = bufferObjectReuse.propose({ ...situation, plan }, match as NonNullable<typeof match>);
  expect(proposal.edits).toEqual([
    {
      kind: 'set-residency',
      section: 'prefill',
      buffer: 'attention_residual',
      residency: 'device',
      role: 'intermediate',
    },
  ]);
  const bytes = 16 * 64 * 2;
  // Per layer: in and out at the writer, in at the reader; a sync either way at both.
  const copiesUs = (2 * 3 * bytes) / 10e3;
  const syncsUs = 2 * 4 * (5 + bytes / 50e3);
  expect(proposal.expectedGainUs).toBeCloseTo(copiesUs + syncsUs, 9);
});

test('a buffer that nothing writes is left alone: its value could come from anywhere', () => {
  const situation = smallSituation(4);
  const roles = rolesOf(situation, 'prefill activations');
  expect(roles).not.toHaveProperty('o_proj');
  expect(roles).not.toHaveProperty('down_proj');
});

test('a weight that a launch writes is not made static', () => {
  const situation = naiveSituation(4);
  const plan = applyEdits(situation.plan, [
    { kind: 'bind-argument', section: 'prefill', launch: 'input_norm', argument: 'output', buffer: 'q_proj.weight' },
  ]);
  const matches = bufferObjectReuse.match({ ...situation, plan });
  const prefill = matches.find(({ subject }) => subject === 'prefill weights');
  if (prefill !== undefined)
    expect(rolesOf({ ...situation, plan }, 'prefill weights')).not.toHaveProperty('q_proj.weight');
});

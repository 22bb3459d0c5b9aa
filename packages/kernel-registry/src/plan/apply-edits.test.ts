import type { Plan, PlanEdit, PlanSection, PlanStep, SectionName } from '@tilewright/spec';
import { type SeededRandom, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { ODD_MODEL } from '../__fixtures__/models.ts';
import { applyEdits } from './apply-edits.ts';
import { invertEdits } from './invert-edits.ts';
import { naivePlan } from './naive-plan.ts';

const plan: Plan = naivePlan(ODD_MODEL, EIGHT_BY_FOUR, { prefillLength: 40, contextLength: 64 });

function ids(steps: readonly PlanStep[]): readonly string[] {
  return steps.map((step) => step.id);
}

/** A random edit that applies to the plan. */
function randomEdit(current: Plan, random: SeededRandom): PlanEdit {
  const name = random.pick<SectionName>(['prefill', 'decode']);
  const section: PlanSection = current.sections[name];
  const part = random.pick(['once', 'layer'] as const);
  const buffer = random.pick(section.buffers);
  const dispatches = section.layer.filter((step) => step.kind === 'dispatch');
  const dispatch = random.pick(dispatches);
  const launch = random.pick(dispatch.launches);
  const argument = random.pick(Object.keys(launch.arguments));
  const fresh = `new.${random.integer(0, 2 ** 31)}`;
  const edits: PlanEdit[] = [
    { kind: 'set-residency', section: name, buffer: buffer.id, residency: 'device', role: 'intermediate' },
    { kind: 'set-layout', section: name, buffer: buffer.id, layout: { ...buffer.layout, order: 'heads-first' } },
    { kind: 'set-kernel', section: name, launch: launch.id, kernel: random.pick(dispatches).launches[0].kernel },
    { kind: 'bind-argument', section: name, launch: launch.id, argument, buffer: buffer.id },
    { kind: 'bind-argument', section: name, launch: launch.id, argument: fresh, buffer: buffer.id },
    { kind: 'add-buffer', section: name, buffer: { ...buffer, id: fresh } },
    { kind: 'remove-buffer', section: name, buffer: buffer.id },
    {
      kind: 'insert-step',
      section: name,
      part,
      index: random.integer(0, section[part].length + 1),
      step: { ...dispatch, id: fresh, launches: dispatch.launches.map((l) => ({ ...l, id: `${fresh}.${l.id}` })) },
    },
    { kind: 'remove-step', section: name, part: 'layer', step: random.pick(section.layer).id },
  ];
  const at = section.layer.findIndex(
    (step, i) => step.kind === 'dispatch' && section.layer[i + 1]?.kind === 'dispatch',
  );
  if (at >= 0) {
    const pair = ids(section.layer.slice(at, at + 2));
    const into = random.pick([fresh, ...pair]);
    edits.push({ kind: 'merge-dispatches', section: name, dispatches: pair, into });
  }
  const long = dispatches.find((step) => step.launches.length > 1);
  if (long !== undefined) {
    const launches = long.launches.map((l) => l.id);
    const cut = random.integer(1, launches.length);
    edits.push({
      kind: 'split-dispatch',
      section: name,
      dispatch: long.id,
      into: [
        { id: long.id, launches: launches.slice(0, cut) },
        { id: fresh, launches: launches.slice(cut) },
      ],
    });
  }
  return random.pick(edits);
}

describe('applyEdits and invertEdits', () => {
  it('undo each other, whatever the edits', () => {
    const kinds = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const random = seededRandom(seed);
      const edits: PlanEdit[] = [];
      let current = plan;
      for (let count = random.integer(1, 12); count > 0; count--) {
        const edit = randomEdit(current, random);
        kinds.add(edit.kind);
        edits.push(edit);
        current = applyEdits(current, [edit]);
      }
      expect(applyEdits(plan, edits), `seed ${seed}`).toEqual(current);
      const restored = applyEdits(current, invertEdits(plan, edits));
      // The order of fields counts as well: digests are taken of the text.
      expect(JSON.stringify(restored), `seed ${seed}`).toBe(JSON.stringify(plan));
    }
    expect(kinds.size).toBe(10);
  });

  it('leaves the plan that it is given alone', () => {
    const before = JSON.stringify(plan);
    const random = seededRandom(5);
    for (let i = 0; i < 20; i++) applyEdits(plan, [randomEdit(plan, random)]);
    expect(JSON.stringify(plan)).toBe(before);
  });

  it('merges neighbours into one dispatch of all launches, in order', () => {
    const merged = applyEdits(plan, [
      { kind: 'merge-dispatches', section: 'prefill', dispatches: ['q_rope', 'k_rope'], into: 'ropes' },
    ]);
    const step = merged.sections.prefill.layer.find(({ id }) => id === 'ropes');
    expect(step).toMatchObject({ launches: [{ id: 'q_rope' }, { id: 'k_rope' }] });
    expect(merged.sections.prefill.layer.length).toBe(plan.sections.prefill.layer.length - 1);
  });

  const impossible: [string, PlanEdit][] = [
    ['a host step between', merge('prefill', ['k_rope', 'attention'])],
    ['the wrong order', merge('prefill', ['k_proj', 'q_proj'])],
    ['dispatches apart', merge('prefill', ['q_proj', 'v_proj'])],
    ['an unknown dispatch', merge('decode', ['q_proj', 'nowhere'])],
    ['no dispatch', merge('decode', [])],
    ['a taken name', { ...merge('prefill', ['q_proj', 'k_proj']), into: 'output' } as PlanEdit],
    ['an unknown buffer', { kind: 'remove-buffer', section: 'head', buffer: 'nowhere' }],
    ['a taken buffer', { kind: 'add-buffer', section: 'prefill', buffer: plan.sections.prefill.buffers[0] }],
    [
      'a taken step',
      { kind: 'insert-step', section: 'prefill', part: 'once', index: 0, step: plan.sections.prefill.layer[0] },
    ],
    [
      'a place beyond the end',
      {
        kind: 'insert-step',
        section: 'head',
        part: 'layer',
        index: 1,
        step: { ...plan.sections.prefill.layer[0], id: 'x' },
      },
    ],
    ['an unknown step', { kind: 'remove-step', section: 'prefill', part: 'once', step: 'q_proj' }],
    [
      'an unknown launch',
      { kind: 'bind-argument', section: 'prefill', launch: 'nowhere', argument: 'a', buffer: 'q_proj' },
    ],
    [
      'launches that are lost',
      { kind: 'split-dispatch', section: 'prefill', dispatch: 'q_proj', into: [{ id: 'a', launches: [] }] },
    ],
  ];

  it.each(impossible)('refuses %s', (_, edit) => {
    expect(() => applyEdits(plan, [edit])).toThrow(expect.objectContaining({ code: 'plan-invalid' }));
  });

  it('names the one of several edits that is impossible', () => {
    const fine: PlanEdit = { kind: 'remove-step', section: 'prefill', part: 'layer', step: 'q_proj' };
    expect(() => applyEdits(plan, [fine, fine])).toThrow(
      expect.objectContaining({
        ...{ code: 'plan-invalid', details: { field: 'prefill.layer', edit: 1 } },
        message: 'edits[1] (remove-step): prefill.layer: there is no step q_proj',
      }),
    );
  });
});

function merge(section: SectionName, dispatches: readonly string[]): PlanEdit {
  return { kind: 'merge-dispatches', section, dispatches, into: 'merged' };
}

import type { AuthoredKernel, Plan, PlanEdit, Statement } from '@tilewright/spec';
import { layoutElements } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { ODD_MODEL } from '../__fixtures__/models.ts';
import { kernelDefinition } from '../registry/lookup.ts';
import { applyEdits } from './apply-edits.ts';
import { checkPlan } from './check-plan.ts';
import { lowerPlan } from './lower-plan.ts';
import { naivePlan } from './naive-plan.ts';

const plan = naivePlan({ ...ODD_MODEL, qkNorm: false }, EIGHT_BY_FOUR, { prefillLength: 40, contextLength: 64 });
const lowered = lowerPlan(plan, EIGHT_BY_FOUR);

function shimBuffers(body: readonly Statement[]): readonly string[] {
  return body.flatMap((statement) => {
    if (statement.kind === 'for' || statement.kind === 'if') return shimBuffers(statement.body);
    return statement.kind === 'call' ? [] : [statement.buffer];
  });
}

/** The launch of the decode section's first add, with its kernel brought as data. */
function authoredAdd(): { readonly launch: string; readonly kernel: AuthoredKernel } {
  for (const step of plan.sections.decode.layer) {
    if (step.kind !== 'dispatch' || step.id !== 'attention_residual') continue;
    const [launch] = step.launches;
    if (launch?.kernel.origin !== 'registry') continue;
    const { name, shape, config } = launch.kernel;
    const built = kernelDefinition(name).build(shape, config);
    const program = { specificationVersion: 'v1', name: 'mine', ...built } as const;
    return { launch: launch.id, kernel: { origin: 'authored', name: 'mine', program } };
  }
  throw new Error('decode adds');
}

describe('lowerPlan', () => {
  it('makes one program per dispatch over the plan’s buffers', () => {
    expect(new Set(lowered.dispatches.map(({ id }) => id)).size).toBe(lowered.dispatches.length);
    for (const { section, step, buffers, program } of lowered.dispatches) {
      expect(program.arguments.map(({ name }) => name)).toEqual(buffers);
      for (const { name, elements, format } of program.arguments) {
        const buffer = plan.sections[section].buffers.find(({ id }) => id === name);
        expect([layoutElements(buffer?.layout as never), buffer?.format], `${step} ${name}`).toEqual([
          elements,
          format,
        ]);
      }
      const moved = program.launches.flatMap((launch) => launch.shim.flatMap((process) => shimBuffers(process.body)));
      expect(new Set(moved), step).toEqual(new Set(buffers));
    }
  });

  it('joins the launches of a merged dispatch, each buffer once, with what all of them do to it', () => {
    const merged = applyEdits(plan, [
      {
        kind: 'merge-dispatches',
        section: 'prefill',
        dispatches: ['o_proj.matmul', 'o_proj', 'attention_residual'],
        into: 'o',
      },
    ]);
    const dispatch = lowerPlan(merged, EIGHT_BY_FOUR).dispatches.find(({ id }) => id === 'prefill/o');
    expect(dispatch?.program.launches.map(({ name }) => name)).toEqual([
      'o_proj.matmul',
      'o_proj',
      'attention_residual',
    ]);
    expect(dispatch?.program.hostPath).toBe('elf');
    expect(dispatch?.program.arguments.map(({ name, access }) => [name, access])).toEqual([
      ['attention', 'read'],
      ['o_proj.weight', 'read'],
      ['o_proj.matmul', 'read-write'],
      ['o_proj.bias', 'read'],
      ['o_proj', 'read-write'],
      ['residual', 'read'],
      ['attention_residual', 'write'],
    ]);
  });

  it('passes one argument where a kernel is given one buffer twice', () => {
    const doubled = applyEdits(plan, [
      { kind: 'bind-argument', section: 'decode', launch: 'output', argument: 'b', buffer: 'attention_residual' },
    ]);
    const dispatch = lowerPlan(doubled, EIGHT_BY_FOUR).dispatches.find(({ id }) => id === 'decode/output');
    expect(dispatch?.buffers).toEqual(['attention_residual', 'residual']);
  });

  it('lowers an authored kernel to the same program as the registry’s', () => {
    const { launch, kernel } = authoredAdd();
    const edited = applyEdits(plan, [{ kind: 'set-kernel', section: 'decode', launch, kernel }]);
    expect(lowerPlan(edited, EIGHT_BY_FOUR)).toEqual(lowered);
  });

  it('refuses a plan that does not hold together, and tells everything', () => {
    const broken = applyEdits(plan, [
      { kind: 'remove-buffer', section: 'decode', buffer: 'q_proj' },
      { kind: 'remove-buffer', section: 'head', buffer: 'final_norm' },
    ]);
    expect(() => lowerPlan(broken, EIGHT_BY_FOUR)).toThrow(
      expect.objectContaining({ code: 'plan-invalid', details: { faults: checkPlan(broken, EIGHT_BY_FOUR) } }),
    );
  });
});

describe('checkPlan', () => {
  it('finds nothing in the naive plan', () => {
    expect(checkPlan(plan, EIGHT_BY_FOUR)).toEqual([]);
  });

  const layout = plan.sections.decode.buffers.find(({ id }) => id === 'q_proj')?.layout as never;
  const { launch, kernel } = authoredAdd();
  const gemv = plan.sections.decode.layer
    .flatMap((step) => (step.kind === 'dispatch' ? step.launches : []))
    .find(({ kernel: { name } }) => name === 'gemv')?.kernel;
  if (gemv?.origin !== 'registry') throw new Error('decode multiplies by gemv');
  const setKernel = (change: object): PlanEdit => ({
    kind: 'set-kernel',
    section: 'decode',
    launch: 'v_proj.matmul',
    kernel: { ...gemv, ...change },
  });
  const wrong: [string, RegExp, PlanEdit][] = [
    [
      'an unknown buffer',
      /launch q_rope: argument input is bound to q_proj, which is no buffer/,
      { kind: 'remove-buffer', section: 'decode', buffer: 'q_proj' },
    ],
    [
      'a buffer of another size',
      /argument c has \d+ elements, and its buffer residual has \d+/,
      { kind: 'bind-argument', section: 'decode', launch: 'v_proj.matmul', argument: 'c', buffer: 'residual' },
    ],
    [
      'an unknown argument',
      /gemv has no argument z/,
      { kind: 'bind-argument', section: 'decode', launch: 'v_proj.matmul', argument: 'z', buffer: 'q_proj' },
    ],
    ['an unknown kernel', /no kernel nothing/, setKernel({ name: 'nothing' })],
    ['another version', /version 1 of gemv, not 9/, setKernel({ version: 9 })],
    ['a missing dimension', /its shape has no k/, setKernel({ shape: { m: 32 } })],
    ['a strange setting', /its configuration has colour/, setKernel({ config: { ...gemv.config, colour: 3 } })],
    ['an impossible setting', /tileM/, setKernel({ config: { ...gemv.config, tileM: 0 } })],
    ['a limit', /breaks a limit/, setKernel({ config: { ...gemv.config, herdColumns: 64 } })],
    [
      'two launches in one authored kernel',
      /2 launches; it must have exactly one/,
      {
        kind: 'set-kernel',
        section: 'decode',
        launch,
        kernel: {
          ...kernel,
          program: { ...kernel.program, launches: [...kernel.program.launches, ...kernel.program.launches] },
        },
      },
    ],
    [
      'heads that do not divide',
      /heads of one width/,
      { kind: 'set-layout', section: 'decode', buffer: 'q_proj', layout: { ...(layout as object), heads: 7 } as never },
    ],
    [
      'a layout that loses elements',
      /q_proj of 90 elements a row, and is laid out for 2/,
      {
        kind: 'set-layout',
        section: 'decode',
        buffer: 'q_proj',
        layout: { ...(layout as object), columns: { segments: 1, size: 2, paddedSize: 2, total: 192 } } as never,
      },
    ],
    [
      'segments beyond the end',
      /hold 10 × 99 elements/,
      {
        kind: 'set-layout',
        section: 'decode',
        buffer: 'q_proj',
        layout: { ...(layout as object), columns: { segments: 10, size: 9, paddedSize: 99, total: 192 } } as never,
      },
    ],
    [
      'a weight that does not exist',
      /no weight z_proj.weight/,
      {
        kind: 'add-buffer',
        section: 'decode',
        buffer: {
          ...plan.sections.decode.buffers[0],
          id: 'z',
          content: { kind: 'vector', weight: 'z_proj.weight' },
        } as never,
      },
    ],
    [
      'a lost residual stream',
      /the residual stream is in residual, which is no buffer/,
      { kind: 'remove-buffer', section: 'prefill', buffer: 'residual' },
    ],
    [
      'logits that are not all there',
      /gathered logits are 0, and the vocabulary has 331/,
      {
        kind: 'insert-step',
        section: 'head',
        part: 'once',
        index: 3,
        step: { kind: 'host', id: 'again', operation: { name: 'gather-logits', inputs: [] } },
      },
    ],
    [
      'a head with layers',
      /runs once, and has steps for each layer/,
      {
        kind: 'insert-step',
        section: 'head',
        part: 'layer',
        index: 0,
        step: { kind: 'host', id: 'again', operation: { name: 'final-norm', output: 'final_norm' } },
      },
    ],
    [
      'a dispatch without launches',
      /it has no launch/,
      {
        kind: 'insert-step',
        section: 'decode',
        part: 'layer',
        index: 0,
        step: { kind: 'dispatch', id: 'empty', launches: [] },
      },
    ],
  ];

  it.each(wrong)('names %s', (_, message, edit) => {
    expect(checkPlan(applyEdits(plan, [edit]), EIGHT_BY_FOUR).join('\n')).toMatch(message);
  });

  it('names a launch that claims what it does not compute', () => {
    const claim = (computes: string): Plan => {
      const { decode } = plan.sections;
      const layer = decode.layer.map((step) =>
        step.kind === 'dispatch' && step.id === 'q_rope'
          ? { ...step, launches: step.launches.map((l) => ({ ...l, computes })) }
          : step,
      );
      return { ...plan, sections: { ...plan.sections, decode: { ...decode, layer } } };
    };
    expect(checkPlan(claim('k_rope'), EIGHT_BY_FOUR).join()).toMatch(
      /computes k_rope, and writes no buffer that holds it/,
    );
    expect(checkPlan(claim('anything'), EIGHT_BY_FOUR).join()).toMatch(/no tap of the section/);
  });

  it('names another device and impossible lengths', () => {
    const other = { ...plan, device: 'xdna9', prefillLength: 0, contextLength: 0.5 };
    expect(checkPlan(other, EIGHT_BY_FOUR).slice(0, 3).join('\n')).toMatch(
      /xdna9[\s\S]*prefillLength is 0[\s\S]*contextLength is 0.5/,
    );
  });
});

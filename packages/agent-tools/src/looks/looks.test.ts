import type { Json, Observation, PlanEdit } from '@tilewright/spec';
import { planEditSchema, programSchema } from '@tilewright/spec/schemas';
import { failedReport, smallDiagnostic, smallFaultDump, smallObservation } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { EDIT_EXAMPLES } from '../edits/edit-examples.ts';
import { EXAMPLE_PROGRAM } from '../edits/example-program.ts';
import { callTool } from '../tool/call-tool.ts';

async function view(name: string, input: unknown, seen: Partial<Observation> = {}): Promise<Json> {
  const observation = { ...smallObservation(4), ...seen };
  const result = await callTool(name, input, { observation, instruments: null });
  if (result.kind !== 'view') throw new Error(`${name}: ${JSON.stringify(result)}`);
  return result.value;
}

const failing = (failure: Observation['situation']['failure']): Partial<Observation> => ({
  situation: { ...smallObservation(4).situation, failure },
});

describe('show_failure', () => {
  it('finds the first bad kernel with its comparison and its launch', async () => {
    expect(await view('show_failure', {}, failing({ kind: 'gate', report: failedReport(4) }))).toMatchObject({
      kind: 'gate',
      gate: {
        firstBadKernel: {
          ...{ section: 'prefill', layer: 1, kernel: 'attention_residual' },
          comparisons: [{ subject: 'prefill layers.1.attention_residual', passed: false, meanRelativeL1: 0.9 }],
          launches: [
            { dispatch: 'prefill/attention_residual', launch: 'attention_residual', kernel: { origin: 'authored' } },
          ],
        },
        failures: { shown: [{ kind: 'tolerance-exceeded', limit: 0.002, value: 0.9 }], more: 0 },
      },
    });
  });

  it('shows diagnostics as they are, with place and cure', async () => {
    const diagnostics = Array.from({ length: 200 }, smallDiagnostic);
    expect(await view('show_failure', {}, failing({ kind: 'compile', diagnostics }))).toMatchObject({
      kind: 'compile',
      diagnostics: {
        shown: expect.arrayContaining([
          expect.objectContaining({
            code: 'l1-exceeded',
            needed: 70_000,
            available: 65_536,
            place: { column: 0, row: 2 },
          }),
        ]),
        more: expect.any(Number),
      },
    });
  });

  it('shows who waits on whom, the circle first', async () => {
    const dump = smallFaultDump(200);
    const shown = await view(
      'show_failure',
      {},
      failing({ kind: 'runtime', dispatch: 'prefill/x', fault: 'timeout', dump }),
    );
    expect(shown).toMatchObject({
      kind: 'runtime',
      fault: {
        chain: { actors: ['core (0, 3)', 'memtile 0 MM2S 0'], moreActors: 0, circle: true },
        done: 1,
        unevenChannels: { shown: [{ name: 'a_l1', elementsPut: 128, elementsTaken: 64 }], more: 0 },
      },
    });
    const { waiting } = (shown as unknown as { fault: { waiting: { shown: { actor: string }[]; more: number } } })
      .fault;
    expect(waiting.shown.slice(0, 2).map(({ actor }) => actor)).toEqual(['core (0, 3)', 'memtile 0 MM2S 0']);
    expect(waiting.shown.length + waiting.more).toBe(202);
  });

  it('says so where nothing is wrong', async () => {
    expect(await view('show_failure', {})).toMatchObject({ kind: 'none', findings: { shown: [], more: 0 } });
  });
});

describe('show_profile', () => {
  it('adds up what a step takes, and says what binds it', async () => {
    const entry = { section: 'prefill', calls: 2, timing: 'estimate' } as const;
    const entries = [
      { ...entry, step: 'a', action: 'copy-in', bytes: 10, us: 6 },
      { ...entry, step: 'b', action: 'host', bytes: 0, us: 1 },
      { ...entry, step: 'a', action: 'run', bytes: 0, us: 3 },
    ] as const;
    const situation = { ...smallObservation(4).situation, profile: { entries } };
    expect(await view('show_profile', {}, { situation })).toEqual({
      timing: 'estimate',
      sections: [{ section: 'prefill', us: 10, deviceUs: 3, transferUs: 6, hostUs: 1 }],
      steps: {
        shown: [
          {
            ...{ section: 'prefill', step: 'a', us: 9, shareOfSection: 0.9, boundBy: 'transfer' },
            ...{ deviceUs: 3, transferUs: 6, hostUs: 0, calls: 2, bytes: 10 },
          },
          {
            ...{ section: 'prefill', step: 'b', us: 1, shareOfSection: 0.1, boundBy: 'host' },
            ...{ deviceUs: 0, transferUs: 0, hostUs: 1, calls: 2, bytes: 0 },
          },
        ],
        more: 0,
      },
    });
  });
});

describe('show_plan', () => {
  it('shows as much as is asked for', async () => {
    expect(await view('show_plan', {})).toMatchObject({
      dispatches: { prefill: 2, decode: 2, head: 0 },
      steps: {
        shown: expect.arrayContaining([expect.objectContaining({ step: 'output', launches: ['output: add'] })]),
      },
      ...{ buffers: null, kernel: null },
    });
    expect(await view('show_plan', { section: 'prefill', dispatch: 'output', buffers: true })).toMatchObject({
      steps: { shown: [{ launches: [{ arguments: { a: 'attention_residual', c: 'residual' }, computes: 'output' }] }] },
      buffers: {
        shown: [
          { buffer: 'residual', layout: 'sequence-first 16 × 64', usedBy: ['output'] },
          { buffer: 'attention_residual' },
          { buffer: 'down_proj' },
        ],
      },
    });
    expect(await view('show_plan', { section: 'decode', launch: 'output' })).toMatchObject({
      kernel: { shown: [{ origin: 'authored', program: { name: 'add' } }] },
    });
  });

  it.each([
    [{ dispatch: 'output' }, 'Name a section'],
    [{ section: 'prefill', dispatch: 'x' }, 'There is no step x in prefill. There are: embedding, '],
    [{ section: 'prefill', launch: 'x' }, 'There is no launch x in prefill. There are: attention_residual, output.'],
  ])('says what there is instead: %j', async (input, problem) => {
    const result = await callTool('show_plan', input, { observation: smallObservation(4), instruments: null });
    expect(result).toMatchObject({ kind: 'mistake', problem: expect.stringContaining(problem) });
  });
});

describe('show_edit_format', () => {
  const kinds = Object.keys(EDIT_EXAMPLES) as PlanEdit['kind'][];

  it.each(kinds)('%s has an example of its own form', async (kind) => {
    expect(planEditSchema.safeParse(EDIT_EXAMPLES[kind]).error).toBeUndefined();
    const shown = await view('show_edit_format', { kind });
    expect(shown).toMatchObject({
      kind,
      schema: { type: 'object', properties: { kind: { const: kind } } },
      example: { kind },
    });
    const text = JSON.stringify((shown as { schema: Json }).schema);
    const defined = Object.keys((shown as { schema: { $defs?: object } }).schema.$defs ?? {});
    const used = [...text.matchAll(/#\/\$defs\/([^"]+)/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(defined));
  });

  it('has a Program that is one', async () => {
    expect(programSchema.safeParse(EXAMPLE_PROGRAM).error).toBeUndefined();
    expect(await view('show_edit_format', { kind: 'program' })).toMatchObject({
      example: EXAMPLE_PROGRAM as unknown as Json,
    });
  });
});

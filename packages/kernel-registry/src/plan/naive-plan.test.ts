import {
  type DispatchStep,
  layerOps,
  type ModelSpec,
  type Plan,
  type PlanBuffer,
  type PlanSection,
} from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { LLAMA_1B, ODD_MODEL } from '../__fixtures__/models.ts';
import { checkPlan } from './check-plan.ts';
import { naivePlan } from './naive-plan.ts';

function dispatches(section: PlanSection): readonly DispatchStep[] {
  return section.layer.filter((step) => step.kind === 'dispatch');
}

function bufferOf(section: PlanSection, id: string): PlanBuffer {
  const found = section.buffers.find((buffer) => buffer.id === id);
  if (found === undefined) throw new Error(`no buffer ${id}`);
  return found;
}

const request = { prefillLength: 2048, contextLength: 2112 };
const llama: Plan = naivePlan(LLAMA_1B, EIGHT_BY_FOUR, request);

describe('the naive plan of Llama-3.2-1B', () => {
  it('has the 15 prefill dispatches per layer and the 14 of decode that the published study starts from', () => {
    expect(dispatches(llama.sections.prefill).length).toBe(15);
    expect(dispatches(llama.sections.decode).length).toBe(14);
    const decodeDispatches =
      14 * LLAMA_1B.layers + dispatches({ ...llama.sections.head, layer: llama.sections.head.once }).length;
    expect(decodeDispatches).toBe(225);
  });

  it('keeps every value on the host, one kernel to a dispatch', () => {
    for (const section of Object.values(llama.sections)) {
      for (const { id, content, residency } of section.buffers) {
        expect(residency, id).toBe(content.kind === 'scratch' ? 'device' : 'host');
      }
      for (const step of dispatches(section)) expect(step.launches.length).toBe(1);
    }
  });

  it('transposes around attention on the host', () => {
    const steps = llama.sections.prefill.layer.map((step) => (step.kind === 'host' ? step.operation.name : step.id));
    const at = steps.indexOf('attention');
    expect(steps.slice(at - 4, at + 2)).toEqual([
      'append-key-values',
      'transpose',
      'transpose',
      'transpose',
      'attention',
      'transpose',
    ]);
  });

  it('takes published rows for its matrix products, and pads nothing', () => {
    const products = [...dispatches(llama.sections.prefill), ...dispatches(llama.sections.decode)]
      .flatMap((step) => step.launches)
      .filter((launch) => /_proj$/.test(launch.id));
    expect(products.length).toBe(14);
    for (const { id, kernel } of products) {
      expect(kernel.origin === 'registry' && kernel.basis.kind, id).toBe('row');
    }
    for (const section of [llama.sections.prefill, llama.sections.decode]) {
      for (const { id, layout } of section.buffers) {
        expect(layout.columns.segments * layout.columns.size, id).toBe(layout.columns.total);
      }
    }
  });

  it('cuts the vocabulary into partitions that cover it once', () => {
    let next = 0;
    for (const { content } of llama.sections.head.buffers) {
      if (content.kind !== 'matrix') continue;
      expect(content.firstOutput).toBe(next);
      next += content.outputs;
    }
    expect(next).toBe(LLAMA_1B.vocabularySize);
  });
});

describe('the naive plan of a model in which nothing aligns', () => {
  const plan = naivePlan(ODD_MODEL, EIGHT_BY_FOUR, { prefillLength: 13, contextLength: 20 });

  it('computes every op of a layer once, in order; attention is the host’s in decode', () => {
    const outputs = layerOps(ODD_MODEL).map((op) => op.output);
    const computed = (section: PlanSection): (string | null)[] =>
      dispatches(section).flatMap((step) => step.launches.map((launch) => launch.computes));
    expect(computed(plan.sections.prefill)).toEqual(outputs);
    expect(computed(plan.sections.decode)).toEqual(outputs.filter((output) => output !== 'attention'));
  });

  it('pads rotated heads by halves and the others at their end, to the same width', () => {
    const { prefill } = plan.sections;
    const rotated = bufferOf(prefill, 'q_rope').layout.columns;
    const attended = bufferOf(prefill, 'attention').layout.columns;
    expect([rotated.segments, rotated.size]).toEqual([10, 9]);
    expect([attended.segments, attended.size]).toEqual([5, 18]);
    expect(2 * rotated.paddedSize).toBe(attended.paddedSize);
    expect(rotated.paddedSize % 16).toBe(0);
    // The norm before the rotation and the projection before that lie the same way.
    for (const id of ['q_proj', 'q_norm', 'rope_table.query']) {
      expect(bufferOf(prefill, id).layout.columns, id).toEqual(rotated);
    }
    const content = bufferOf(prefill, 'o_proj.weight').content;
    expect(content.kind === 'matrix' && content.input).toEqual(attended);
  });

  it('norms over the true widths', () => {
    for (const { launches } of dispatches(plan.sections.prefill)) {
      const { kernel, id } = launches[0] as DispatchStep['launches'][number];
      if (kernel.origin !== 'registry' || !/norm$/.test(id)) continue;
      expect(kernel.shape.count, id).toBe(/^[qk]_/.test(id) ? 18 : 90);
      expect(kernel.shape.epsilon, id).toBe(ODD_MODEL.rmsNormEpsilon);
    }
  });

  it('says what it padded the prompt to', () => {
    expect(plan.prefillLength).toBeGreaterThanOrEqual(13);
    for (const { id, content, layout } of plan.sections.prefill.buffers) {
      if (content.kind === 'activation') expect(layout.rows, id).toBe(plan.prefillLength);
    }
  });
});

describe('naivePlan', () => {
  const models: [string, ModelSpec][] = [
    ['plain', LLAMA_1B],
    ['odd', ODD_MODEL],
    ['one head', { ...ODD_MODEL, heads: 1, keyValueHeads: 1, qkNorm: false }],
    ['heads wider than the hidden size', { ...ODD_MODEL, hiddenSize: 32, heads: 8, keyValueHeads: 8, headDim: 32 }],
    ['equal widths', { ...ODD_MODEL, hiddenSize: 64, intermediateSize: 64, heads: 4, headDim: 16 }],
  ];

  it.each(models)('makes plans that hold together: %s', (_, model) => {
    for (const prefillLength of [1, 13, 97, 256]) {
      const plan = naivePlan(model, EIGHT_BY_FOUR, { prefillLength, contextLength: 256 });
      expect(checkPlan(plan, EIGHT_BY_FOUR)).toEqual([]);
      expect(plan.prefillLength).toBeGreaterThanOrEqual(prefillLength);
    }
  });

  it('is deterministic', () => {
    expect(JSON.stringify(naivePlan(LLAMA_1B, EIGHT_BY_FOUR, request))).toBe(JSON.stringify(llama));
  });

  it.each([
    ['prefillLength', { prefillLength: 0, contextLength: 5 }],
    ['prefillLength', { prefillLength: 1.5, contextLength: 5 }],
    ['contextLength', { prefillLength: 5, contextLength: 257 }],
  ])('refuses a %s that the model does not have', (field, lengths) => {
    expect(() => naivePlan(ODD_MODEL, EIGHT_BY_FOUR, lengths)).toThrow(
      expect.objectContaining({ code: 'plan-invalid', details: { field } }),
    );
  });
});

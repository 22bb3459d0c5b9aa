import { z } from 'zod';
import type { AxisLayout, TensorLayout } from '../plan/layout.ts';
import type { HostOperation, KernelReference, Plan, PlanBuffer, PlanLaunch, PlanStep } from '../plan/plan.ts';
import type { PlanEdit } from '../plan/plan-edit.ts';
import { exactly } from './exactly.ts';
import { modelSpecSchema } from './model-schema.ts';
import { programSchema } from './program-schema.ts';
import { name, positive, specificationVersion, storageFormat, whole } from './scalars.ts';

const axis: z.ZodType<AxisLayout> = exactly<AxisLayout>()(
  z.strictObject({
    segments: positive,
    size: positive,
    paddedSize: positive,
    total: positive,
  }),
);

const layout: z.ZodType<TensorLayout> = exactly<TensorLayout>()(
  z.strictObject({
    order: z.enum(['sequence-first', 'heads-first']),
    rows: positive,
    heads: positive,
    columns: axis,
  }),
);

const role = z.enum(['input', 'static', 'intermediate', 'output']);
const residency = z.enum(['host', 'device']);
const section = z.enum(['prefill', 'decode', 'head']);
const part = z.enum(['once', 'layer']);

const buffer: z.ZodType<PlanBuffer> = exactly<PlanBuffer>()(
  z.strictObject({
    id: name,
    role,
    residency,
    scope: z.enum(['model', 'layer']),
    format: storageFormat,
    layout,
    content: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('activation'), tap: name }),
      z.strictObject({ kind: z.literal('scratch') }),
      z.strictObject({ kind: z.literal('rope-table') }),
      z.strictObject({
        kind: z.literal('matrix'),
        weight: name,
        stored: z.enum(['in-out', 'out-in']),
        input: axis,
        output: axis,
        firstOutput: whole,
        outputs: positive,
        interleavedWith: name.optional(),
      }),
      z.strictObject({ kind: z.literal('vector'), weight: name }),
    ]),
  }),
);

const kernel: z.ZodType<KernelReference> = exactly<KernelReference>()(
  z.discriminatedUnion('origin', [
    z.strictObject({
      origin: z.literal('registry'),
      name,
      version: positive,
      shape: z.record(name, z.number()),
      config: z.record(name, z.union([z.number(), z.string(), z.boolean()])),
      basis: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('row'), row: name }),
        z.strictObject({ kind: z.literal('derived'), nearest: name.nullable(), reason: z.string() }),
        z.strictObject({ kind: z.literal('edited'), by: name }),
      ]),
    }),
    z.strictObject({ origin: z.literal('authored'), name, program: programSchema }),
  ]),
);

const operation: z.ZodType<HostOperation> = exactly<HostOperation>()(
  z.discriminatedUnion('name', [
    z.strictObject({ name: z.literal('embedding'), output: name }),
    z.strictObject({ name: z.literal('rope-table'), output: name }),
    z.strictObject({ name: z.literal('transpose'), input: name, output: name }),
    z.strictObject({ name: z.literal('append-key-values'), keys: name, values: name }),
    z.strictObject({ name: z.literal('decode-attention'), query: name, output: name }),
    z.strictObject({ name: z.literal('final-norm'), output: name }),
    z.strictObject({ name: z.literal('gather-logits'), inputs: z.array(name).min(1) }),
  ]),
);

const launch: z.ZodType<PlanLaunch> = exactly<PlanLaunch>()(
  z.strictObject({
    id: name,
    kernel,
    arguments: z.record(name, name),
    computes: name.nullable(),
    inside: z.array(name).optional(),
  }),
);

const step: z.ZodType<PlanStep> = exactly<PlanStep>()(
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('dispatch'),
      id: name,
      launches: z.array(launch).min(1),
    }),
    z.strictObject({ kind: z.literal('host'), id: name, operation }),
  ]),
);

const planSection = z.strictObject({
  buffers: z.array(buffer),
  residual: name.nullable(),
  once: z.array(step),
  layer: z.array(step),
});

/** The form of a Plan. What its names refer to is checked where it is lowered. */
export const planSchema: z.ZodType<Plan> = exactly<Plan>()(
  z.strictObject({
    specificationVersion,
    model: modelSpecSchema,
    device: name,
    prefillLength: positive,
    contextLength: positive,
    sections: z.strictObject({ prefill: planSection, decode: planSection, head: planSection }),
  }),
);

export const planEditSchema: z.ZodType<PlanEdit> = exactly<PlanEdit>()(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('merge-dispatches'), section, dispatches: z.array(name).min(2), into: name }),
    z.strictObject({
      kind: z.literal('split-dispatch'),
      section,
      dispatch: name,
      into: z.array(z.strictObject({ id: name, launches: z.array(name).min(1) })).min(1),
    }),
    z.strictObject({ kind: z.literal('set-residency'), section, buffer: name, residency, role }),
    z.strictObject({ kind: z.literal('set-layout'), section, buffer: name, layout }),
    z.strictObject({ kind: z.literal('set-kernel'), section, launch: name, kernel }),
    z.strictObject({ kind: z.literal('fuse-launches'), section, launches: z.array(name).min(2), into: launch }),
    z.strictObject({ kind: z.literal('bind-argument'), section, launch: name, argument: name, buffer: name }),
    z.strictObject({ kind: z.literal('add-buffer'), section, buffer }),
    z.strictObject({ kind: z.literal('remove-buffer'), section, buffer: name }),
    z.strictObject({ kind: z.literal('insert-step'), section, part, index: whole, step }),
    z.strictObject({ kind: z.literal('remove-step'), section, part, step: name }),
  ]),
);

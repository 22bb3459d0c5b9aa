import { z } from 'zod';
import type { RecordedCure } from '../lesson/recorded-cure.ts';
import type { Failure } from '../skill/situation.ts';
import { exactly } from './exactly.ts';
import { gateReportSchema } from './gate-schema.ts';
import { planEditSchema, planSchema } from './plan-schema.ts';
import { name, specificationVersion, whole } from './scalars.ts';

const code = z.enum([
  'l1-exceeded',
  'l2-exceeded',
  'program-memory-exceeded',
  'shim-channels-exceeded',
  'memtile-channels-exceeded',
  'core-channels-exceeded',
  'buffer-descriptors-exceeded',
  'locks-exceeded',
  'repeat-count-exceeded',
  'stride-exceeded',
  'wrap-exceeded',
  'dimensions-exceeded',
  'transfer-misaligned',
  'herd-out-of-array',
  'herds-overlap',
  'cascade-invalid',
  'routing-congested',
  'channel-invalid',
  'microkernel-unknown',
  'microkernel-limit',
  'program-malformed',
  'odd-trip-count',
  'output-incomplete',
  'task-queue-overflow',
]);

const failureSchema: z.ZodType<Failure> = exactly<Failure>()(
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('compile'),
      diagnostics: z.array(
        z.strictObject({
          code,
          dispatch: z.string(),
          launch: z.string(),
          resource: z.string(),
          needed: z.number(),
          available: z.number(),
          unit: z.string(),
          place: z.strictObject({ column: z.number(), row: z.number() }).nullable(),
          message: z.string(),
          cure: z.string(),
        }),
      ),
    }),
    z.strictObject({
      kind: z.literal('runtime'),
      dispatch: z.string(),
      fault: z.string(),
      dump: z.strictObject({
        actors: z.array(
          z.strictObject({
            actor: z.string(),
            state: z.enum(['waiting', 'done']),
            waitsOn: z.string().nullable(),
            at: z.string(),
          }),
        ),
        chain: z.strictObject({ actors: z.array(z.string()), circle: z.boolean() }).exactOptional(),
        locks: z.array(z.strictObject({ name: z.string(), place: z.string(), value: z.number() })),
        channels: z.array(z.strictObject({ name: z.string(), elementsPut: z.number(), elementsTaken: z.number() })),
      }),
    }),
    z.strictObject({ kind: z.literal('gate'), report: gateReportSchema }),
  ]),
);

export const recordedCureSchema: z.ZodType<RecordedCure> = exactly<RecordedCure>()(
  z.strictObject({
    specificationVersion,
    lesson: name,
    phase: whole,
    plan: planSchema,
    failure: failureSchema,
    edits: z.array(planEditSchema),
  }),
);

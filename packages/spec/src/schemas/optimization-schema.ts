import { z } from 'zod';
import type { Lesson, Lessons } from '../lesson/lesson.ts';
import type { OptimizationTrajectory } from '../optimization/optimization-trajectory.ts';
import type { PerformanceProfile } from '../optimization/performance-profile.ts';
import { exactly } from './exactly.ts';
import { planEditSchema } from './plan-schema.ts';
import { name, positive, specificationVersion, whole } from './scalars.ts';

const timing = z.enum(['estimate', 'measurement']);
const share = z.number().min(0).max(1);
const ratios = z.strictObject({ prefill: z.number(), decode: z.number() });

export const optimizationTrajectorySchema: z.ZodType<OptimizationTrajectory> = exactly<OptimizationTrajectory>()(
  z.strictObject({
    specificationVersion,
    attempts: z.array(
      z.strictObject({
        attempt: positive,
        phase: whole,
        proposal: name,
        skill: name.nullable(),
        summary: z.string(),
        reason: z.string(),
        cites: z.array(name),
        edits: z.array(planEditSchema),
        expectedGainUs: z.number().nullable(),
        timing,
        beforeUs: z.number(),
        afterUs: z.number().nullable(),
        kept: z.boolean(),
        rejection: z.string().nullable(),
        planDigest: z.string(),
      }),
    ),
  }),
);

export const performanceProfileSchema: z.ZodType<PerformanceProfile> = exactly<PerformanceProfile>()(
  z.strictObject({
    specificationVersion,
    timing,
    planDigest: z.string(),
    promptTokens: positive,
    decodeLength: positive,
    timeToFirstTokenUs: z.number(),
    decodeTokensPerSecond: z.number(),
    sections: z.array(
      z.strictObject({
        section: z.enum(['prefill', 'decode', 'head']),
        us: z.number(),
        dispatches: whole,
        steps: z.array(
          z.strictObject({
            step: name,
            calls: whole,
            bytes: whole,
            runUs: z.number(),
            transferUs: z.number(),
            hostUs: z.number(),
            boundBy: z.string(),
          }),
        ),
      }),
    ),
    deviceShare: z.strictObject({
      prefillMultiplyAccumulates: share,
      decodeMultiplyAccumulates: share,
      prefillTime: share,
      decodeTime: share,
    }),
    sustained: z.strictObject({ asPrinted: ratios, trueWidth: ratios, reference: z.string() }),
  }),
);

export const lessonSchema: z.ZodType<Lesson> = exactly<Lesson>()(
  z.strictObject({
    specificationVersion,
    id: name,
    kind: z.enum(['kept', 'rejected', 'cured', 'noted']),
    statement: z.string(),
    phase: whole,
    skill: name.nullable(),
    proposal: name.nullable(),
    edits: z.array(planEditSchema).exactOptional(),
    learntOn: z.strictObject({
      target: name,
      modelFamily: name,
      modelDigest: z.string(),
      prefillLength: positive,
      contextLength: positive,
    }),
    evidence: z.array(z.string()),
    gain: z.number().nullable(),
    recordedAt: z.string(),
  }),
);

export const lessonsSchema: z.ZodType<Lessons> = exactly<Lessons>()(
  z.strictObject({ specificationVersion, lessons: z.array(lessonSchema) }),
);

import { z } from 'zod';
import type { GateReport } from '../gate/gate-report.ts';
import { exactly } from './exactly.ts';
import { name, specificationVersion, whole } from './scalars.ts';

/** JSON has no NaN or Infinity: they are written as null and read back as NaN. */
const figure: z.ZodType<number> = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

export const gateReportSchema: z.ZodType<GateReport> = exactly<GateReport>()(
  z.strictObject({
    specificationVersion,
    gate: name,
    phase: whole,
    verdict: z.enum(['pass', 'fail', 'inconclusive']),
    summary: z.string(),
    policyDigest: z.string(),
    evidence: z.strictObject({
      plannedComparisons: whole,
      madeComparisons: whole,
      comparedElements: whole,
      seeds: z.array(whole),
      subjects: z.record(name, z.string()),
      references: z.array(z.string()).optional(),
      elapsedMs: z.number(),
    }),
    comparisons: z.array(
      z.strictObject({
        subject: name,
        rule: name,
        statistics: z.strictObject({
          count: whole,
          nonFinite: whole,
          referenceRootMeanSquare: figure,
          maxAbsoluteError: figure,
          meanAbsoluteError: figure,
          maxRelativeError: figure,
          meanRelativeL1: figure,
          correlation: figure,
          minRowCosine: figure,
        }),
        passed: z.boolean(),
      }),
    ),
    figures: z.array(
      z.strictObject({
        name,
        value: figure,
        unit: z.string(),
        limit: z.strictObject({ at: z.enum(['most', 'least']), value: z.number() }).nullable(),
      }),
    ),
    failures: z.array(
      z.strictObject({
        kind: z.enum([
          'shape-mismatch',
          'missing-comparison',
          'sentinel-overwritten',
          'stale-output',
          'non-finite',
          'tolerance-exceeded',
          'divergence',
          'unsupported',
          'not-on-device',
          'implausible-time',
          'runtime-fault',
        ]),
        subject: z.string(),
        message: z.string(),
        limit: z.number().nullable(),
        value: z.number().nullable(),
      }),
    ),
    firstDeviation: z.strictObject({ layer: whole.nullable(), kernel: name, section: name }).nullable(),
  }),
);

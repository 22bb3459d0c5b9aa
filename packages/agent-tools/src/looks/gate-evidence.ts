import type { GateComparison, GateFailure } from '@tilewright/spec';
import { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import { finite } from './diagnostic-list.ts';

export const failureSchema: z.ZodType<ShownFailure> = z.strictObject({
  kind: z.string(),
  subject: z.string(),
  message: z.string(),
  limit: z.number().nullable(),
  value: z.number().nullable(),
});

type ShownFailure = {
  kind: string;
  subject: string;
  message: string;
  limit: number | null;
  value: number | null;
};

export function shownFailure({ kind, subject, message, limit, value }: GateFailure): ShownFailure {
  return {
    ...{ kind, subject: cleanName(subject), message: quoteUntrusted('gate', message, 400) },
    limit: limit === null ? null : finite(limit),
    value: value === null ? null : finite(value),
  };
}

export const comparisonSchema: z.ZodType<ShownComparison> = z.strictObject({
  subject: z.string(),
  rule: z.string(),
  passed: z.boolean(),
  elements: z.number(),
  nonFinite: z.number(),
  meanRelativeL1: z.number().nullable(),
  maxAbsoluteError: z.number().nullable(),
  correlation: z.number().nullable(),
  minRowCosine: z.number().nullable(),
});

type ShownComparison = {
  subject: string;
  rule: string;
  passed: boolean;
  elements: number;
  nonFinite: number;
  meanRelativeL1: number | null;
  maxAbsoluteError: number | null;
  correlation: number | null;
  minRowCosine: number | null;
};

/** A comparison with the figures that tell most; a figure that is not finite is null. */
export function shownComparison({ subject, rule, passed, statistics }: GateComparison): ShownComparison {
  return {
    ...{ subject: cleanName(subject), rule: cleanName(rule), passed },
    ...{ elements: statistics.count, nonFinite: statistics.nonFinite },
    meanRelativeL1: finite(statistics.meanRelativeL1),
    maxAbsoluteError: finite(statistics.maxAbsoluteError),
    correlation: finite(statistics.correlation),
    minRowCosine: finite(statistics.minRowCosine),
  };
}

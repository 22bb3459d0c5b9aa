import { z } from 'zod';
import type { AgentUsage } from '../agent/agent-usage.ts';
import type { Budget, BudgetLimits } from '../agent/budget.ts';
import type { Json, TranscriptEntry } from '../agent/transcript.ts';
import { decisionSchema } from './decision-schema.ts';
import { exactly } from './exactly.ts';
import { name, specificationVersion, whole } from './scalars.ts';

export const agentUsageSchema: z.ZodType<AgentUsage> = exactly<AgentUsage>()(
  z.strictObject({
    requests: whole,
    inputTokens: whole,
    cacheWriteTokens: whole,
    cacheReadTokens: whole,
    outputTokens: whole,
    costUsd: z.number().min(0).nullable(),
  }),
);

const limits: z.ZodType<BudgetLimits> = exactly<BudgetLimits>()(
  z.strictObject({
    tokens: whole.exactOptional(),
    costUsd: z.number().min(0).exactOptional(),
    attempts: whole.exactOptional(),
    wallMs: z.number().min(0).exactOptional(),
  }),
);

export const budgetSchema: z.ZodType<Budget> = exactly<Budget>()(
  z.strictObject({ phase: limits.exactOptional(), total: limits.exactOptional() }),
);

const json = z.json() as z.ZodType<Json>;

/** A line of `transcript.jsonl`. */
export const transcriptEntrySchema: z.ZodType<TranscriptEntry> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('opened'),
    specificationVersion,
    tilewrightVersion: z.string(),
    agent: name,
    target: name,
    modelDigest: z.string(),
    prefillLength: whole,
    contextLength: whole,
    seed: whole,
    recordedAt: z.string(),
  }),
  z.strictObject({ kind: z.literal('phase-started'), phase: whole, planDigest: z.string() }),
  z.strictObject({ kind: z.literal('message'), phase: whole, message: json }),
  z.strictObject({ kind: z.literal('usage'), phase: whole, usage: agentUsageSchema }),
  z.strictObject({ kind: z.literal('decision'), phase: whole, planDigest: z.string(), decision: decisionSchema }),
  z.strictObject({ kind: z.literal('nonsense'), phase: whole, problem: z.string() }),
  z.strictObject({
    kind: z.literal('phase-ended'),
    phase: whole,
    outcome: z.enum(['passed', 'failed', 'asks']),
    reason: z.string(),
    planDigest: z.string(),
  }),
]);

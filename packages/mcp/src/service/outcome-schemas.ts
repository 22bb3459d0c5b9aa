import { z } from 'zod';
import type {
  DeploymentOutcome,
  DeploymentStatus,
  EstimatedTimes,
  EstimateOutcome,
  EvaluationOutcome,
  GateOutcome,
  PhaseOutcome,
  Verdict,
} from './tilewright-service.ts';

const whole = z.int().min(0);
const verdict = z.enum(['pass', 'fail', 'inconclusive']);
const deploymentStatus = z
  .enum(['running', 'waiting', 'failed', 'deployed', 'accepted', 'not-accepted'])
  .describe('accepted and not-accepted are the evaluator’s verdict; waiting is for a human.');

const gateOutcome: z.ZodType<GateOutcome> = z.object({
  gate: z.string(),
  phase: whole,
  verdict,
  summary: z.string(),
});

const phaseOutcome: z.ZodType<PhaseOutcome> = z.object({
  phase: whole,
  title: z.string(),
  status: z.string(),
  elapsedMs: z.number(),
  agent: z
    .object({
      decisions: whole,
      attempts: whole,
      tokens: whole,
      costUsd: z.number().nullable(),
      limit: z.string().nullable(),
    })
    .nullable(),
});

const verdictFields = {
  verdict,
  summary: z.string(),
  timing: z.enum(['estimate', 'measurement']),
  promptTokens: whole,
  timeToFirstTokenUs: z.number(),
  decodeTokensPerSecond: z.number(),
};
const verdictSchema: z.ZodType<Verdict> = z.object(verdictFields);

const estimatedTimes = {
  timeToFirstTokenUs: z.number(),
  decodeTokenUs: z.number(),
  decodeTokensPerSecond: z.number(),
};
const times: z.ZodType<EstimatedTimes> = z.object(estimatedTimes);

/** What came of a job, by its kind. */
export type JobResult =
  | ({ readonly kind: 'deployment' } & DeploymentOutcome)
  | ({ readonly kind: 'evaluation' } & EvaluationOutcome)
  | ({ readonly kind: 'estimate' } & EstimateOutcome);

export const jobResultSchema: z.ZodType<JobResult> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('deployment'),
    directory: z.string(),
    status: deploymentStatus,
    reason: z.string().nullable(),
    planDigest: z.string().nullable(),
    phases: z.array(phaseOutcome),
    gates: z.array(gateOutcome),
    evaluation: verdictSchema.nullable(),
    text: z.string().nullable(),
    samePlan: z.boolean().nullable().describe('Whether a replay came to the plan of its transcript.'),
  }),
  z.object({
    kind: z.literal('evaluation'),
    directory: z.string(),
    ...verdictFields,
    gates: z.array(gateOutcome),
    claims: z.array(z.object({ claim: z.string(), claimed: z.string(), found: z.string(), agrees: z.boolean() })),
  }),
  z.object({
    kind: z.literal('estimate'),
    model: z.string(),
    target: z.string(),
    promptTokens: whole,
    contextTokens: whole,
    naive: times,
    optimized: z.object({ ...estimatedTimes, keptProposals: z.array(z.string()) }).nullable(),
  }),
]);

export const deploymentStatusSchema: z.ZodType<DeploymentStatus> = z.object({
  directory: z.string(),
  model: z.string(),
  target: z.string(),
  agent: z.string(),
  status: deploymentStatus,
  planDigest: z.string().nullable(),
  phases: z.array(phaseOutcome),
  gates: z.array(gateOutcome),
  evaluation: z.object({ ...verdictFields, current: z.boolean() }).nullable(),
});

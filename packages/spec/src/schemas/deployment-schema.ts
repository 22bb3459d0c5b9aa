import { z } from 'zod';
import type { DeploymentManifest } from '../deployment/deployment-manifest.ts';
import type { EvaluationReport } from '../deployment/evaluation-report.ts';
import { agentUsageSchema, budgetSchema } from './agent-schema.ts';
import { exactly } from './exactly.ts';
import { gateReportSchema } from './gate-schema.ts';
import { name, specificationVersion, whole } from './scalars.ts';

export const deploymentManifestSchema: z.ZodType<DeploymentManifest> = exactly<DeploymentManifest>()(
  z.strictObject({
    specificationVersion,
    createdAt: z.string(),
    updatedAt: z.string(),
    tilewrightVersion: z.string(),
    model: z.strictObject({ directory: name, digest: z.string(), source: name.exactOptional() }),
    target: z.strictObject({ id: name, module: name }),
    agent: z.strictObject({ id: name, module: name }),
    budget: budgetSchema.exactOptional(),
    planDigest: z.string().nullable(),
    policyDigest: z.string(),
    seed: whole,
    status: z.enum(['running', 'waiting', 'failed', 'deployed', 'accepted', 'not-accepted']),
    phases: z.array(
      z.strictObject({
        phase: whole,
        title: z.string(),
        status: z.enum(['pending', 'running', 'passed', 'failed', 'inconclusive', 'waiting']),
        report: z.string().nullable(),
        elapsedMs: z.number(),
        agent: z
          .strictObject({ usage: agentUsageSchema, decisions: whole, attempts: whole, limit: z.string().nullable() })
          .exactOptional(),
      }),
    ),
  }),
);

export const evaluationReportSchema: z.ZodType<EvaluationReport> = exactly<EvaluationReport>()(
  z.strictObject({
    specificationVersion,
    verdict: z.enum(['pass', 'fail', 'inconclusive']),
    summary: z.string(),
    evaluatedAt: z.string(),
    subjects: z.record(name, z.string()),
    seeds: z.array(whole),
    gates: z.array(gateReportSchema),
    performance: z.strictObject({
      timing: z.enum(['estimate', 'measurement']),
      promptTokens: whole,
      timeToFirstTokenUs: z.number(),
      decodeTokensPerSecond: z.number(),
    }),
    claims: z.array(z.strictObject({ claim: z.string(), claimed: z.string(), found: z.string(), agrees: z.boolean() })),
  }),
);

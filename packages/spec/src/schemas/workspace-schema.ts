import { z } from 'zod';
import type { RecordedReview } from '../agent/recorded-review.ts';
import type { DeploymentIssues } from '../deployment/deployment-issue.ts';
import type { RunnerManifest } from '../deployment/runner-manifest.ts';
import { exactly } from './exactly.ts';
import { name, positive, specificationVersion, whole } from './scalars.ts';

export const recordedReviewSchema: z.ZodType<RecordedReview> = exactly<RecordedReview>()(
  z.strictObject({
    specificationVersion,
    phase: whole,
    reportDigest: name,
    review: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('approve') }),
      z.strictObject({ kind: z.literal('reject'), reason: z.string() }),
      z.strictObject({ kind: z.literal('redirect'), instruction: z.string() }),
      z.strictObject({ kind: z.literal('wait') }),
    ]),
    recordedAt: z.string(),
  }),
);

export const deploymentIssuesSchema: z.ZodType<DeploymentIssues> = exactly<DeploymentIssues>()(
  z.strictObject({
    specificationVersion,
    issues: z.array(
      z.strictObject({
        phase: whole,
        problem: z.string(),
        diagnosis: z.array(z.string()),
        cure: z.string().nullable(),
        mustAct: z.enum(['human', 'author of the skill', 'author of the agent']).nullable(),
        recordedAt: z.string(),
      }),
    ),
  }),
);

const step = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('dispatch'),
    dispatch: name,
    program: name,
    launches: z.array(name),
    buffers: z.array(name),
  }),
  z.strictObject({ kind: z.literal('host'), step: name, operation: name }),
]);

export const runnerManifestSchema: z.ZodType<RunnerManifest> = exactly<RunnerManifest>()(
  z.strictObject({
    specificationVersion,
    model: z.strictObject({
      digest: name,
      family: name,
      vocabularySize: positive,
      endOfTextTokens: z.array(whole),
    }),
    plan: z.strictObject({ file: name, digest: name }),
    target: z.strictObject({ id: name, module: name, device: name }),
    prefillLength: positive,
    contextLength: positive,
    sections: z.array(
      z.strictObject({
        section: z.enum(['prefill', 'decode', 'head']),
        once: z.array(step),
        layer: z.array(step),
        layers: whole,
      }),
    ),
  }),
);

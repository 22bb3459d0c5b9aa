import { z } from 'zod';
import type { Decision } from '../agent/agent.ts';
import { exactly } from './exactly.ts';
import { planEditSchema } from './plan-schema.ts';
import { name, whole } from './scalars.ts';

const cites = z.array(name).exactOptional();

/** What an agent answers. Agents are strangers: an answer that does not parse is handed back to them. */
export const decisionSchema: z.ZodType<Decision> = exactly<Decision>()(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('run-gate') }),
    z.strictObject({ kind: z.literal('try-proposal'), proposal: name, reason: z.string(), cites }),
    z.strictObject({ kind: z.literal('apply-finding'), finding: whole, reason: z.string() }),
    z.strictObject({
      kind: z.literal('author-edits'),
      edits: z.array(planEditSchema).min(1),
      reason: z.string(),
      cites,
    }),
    z.strictObject({ kind: z.literal('revert'), reason: z.string() }),
    z.strictObject({ kind: z.literal('profile') }),
    z.strictObject({ kind: z.literal('ask-human'), question: z.string() }),
    z.strictObject({ kind: z.literal('record-lesson'), lesson: z.string(), evidence: z.array(z.string()) }),
    z.strictObject({ kind: z.literal('give-up'), reason: z.string() }),
  ]),
);

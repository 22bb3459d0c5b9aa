import { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';
import { fitted, fittedSchema } from '../text/fitted.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { mistake, viewed } from '../tool/results.ts';
import { fittedJsonSchema } from './json-schema.ts';
import { shownEdits } from './shown-edits.ts';

export const showAttempts: AgentTool = lookTool({
  name: 'show_attempts',
  title: 'Show what was tried',
  description:
    'What phases 4 and 5 have tried, the latest first, with times before and after and why it was kept or not. With an ' +
    '`attempt` it shows the edits of that one.',
  input: z.strictObject({
    attempt: z.int().min(1).max(1_000_000).exactOptional().describe('The number of one attempt.'),
    kept: z.boolean().exactOptional().describe('Only those that were kept, or only those that were not.'),
  }),
  output: z.strictObject({
    attempts: fittedSchema(
      z.strictObject({
        attempt: z.int(),
        phase: z.int(),
        proposal: z.string(),
        skill: z.string().nullable(),
        summary: z.string(),
        timing: z.enum(['estimate', 'measurement']),
        beforeUs: z.number(),
        afterUs: z.number().nullable(),
        kept: z.boolean(),
        rejection: z.string().nullable(),
      }),
    ),
    edits: fittedJsonSchema.nullable(),
  }),
  run: ({ attempt: number, kept }, { observation: { attempts } }) => {
    const one = number === undefined ? undefined : attempts.find(({ attempt }) => attempt === number);
    if (number !== undefined && one === undefined) {
      return mistake(`There is no attempt ${number}: there have been ${attempts.length}.`);
    }
    const wanted = one === undefined ? attempts.filter((each) => kept === undefined || each.kept === kept) : [one];
    const shown = wanted.toReversed().map((each) => ({
      ...{ attempt: each.attempt, phase: each.phase, proposal: cleanName(each.proposal) },
      skill: each.skill === null ? null : cleanName(each.skill),
      summary: quoteUntrusted(`attempt ${each.attempt}`, each.summary, 300),
      ...{ timing: each.timing, beforeUs: each.beforeUs, afterUs: each.afterUs, kept: each.kept },
      rejection: each.rejection === null ? null : quoteUntrusted(`attempt ${each.attempt}`, each.rejection, 300),
    }));
    return viewed({
      attempts: fitted(shown, one === undefined ? 16_000 : 4000),
      edits: one === undefined ? null : shownEdits(one.edits, 13_000),
    });
  },
});

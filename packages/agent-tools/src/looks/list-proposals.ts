import { z } from 'zod';
import { rejectedBefore } from '../edits/same-edits.ts';
import { cleanName } from '../text/clean-text.ts';
import { fitted, fittedSchema } from '../text/fitted.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { viewed } from '../tool/results.ts';

export const listProposals: AgentTool = lookTool({
  name: 'list_proposals',
  title: 'List the proposals',
  description:
    'What skills propose on the plan as it stands, what promises most first: id, skill, summary, number of edits, the gain ' +
    'that is expected, and the attempt that rejected the same edits on this plan, if one did.',
  input: z.strictObject({ skill: z.string().min(1).max(200).exactOptional().describe('Only those of this skill.') }),
  output: z.strictObject({
    proposals: fittedSchema(
      z.strictObject({
        id: z.string(),
        skill: z.string(),
        summary: z.string(),
        edits: z.int(),
        expectedGainUs: z.number().nullable(),
        rejectedInAttempt: z.int().nullable(),
      }),
    ),
  }),
  run: ({ skill }, { observation }) => {
    const wanted = observation.proposals.filter((one) => skill === undefined || cleanName(one.skill) === skill);
    const sorted = [...wanted].sort((a, b) => (b.expectedGainUs ?? 0) - (a.expectedGainUs ?? 0));
    const shown = sorted.map((one) => ({
      ...{ id: cleanName(one.id), skill: cleanName(one.skill) },
      summary: quoteUntrusted(`skill ${one.skill}`, one.summary, 300),
      edits: one.edits.length,
      expectedGainUs: one.expectedGainUs,
      rejectedInAttempt: rejectedBefore(observation, one.edits)?.attempt ?? null,
    }));
    return viewed({ proposals: fitted(shown, 16_000) });
  },
});

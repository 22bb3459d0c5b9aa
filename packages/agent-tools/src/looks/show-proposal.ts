import { z } from 'zod';
import { findProposal } from '../decisions/find-offered.ts';
import { rejectedBefore, rejectionText } from '../edits/same-edits.ts';
import { cleanName } from '../text/clean-text.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { isMistake, viewed } from '../tool/results.ts';
import { fittedJsonSchema } from './json-schema.ts';
import { shownEdits } from './shown-edits.ts';

export const showProposal: AgentTool = lookTool({
  name: 'show_proposal',
  title: 'Show a proposal',
  description:
    'One proposal whole: its edits (a start for edits of your own), why the skill holds it for safe, the gain that it expects, ' +
    'and whether it has been rejected on this plan.',
  input: z.strictObject({ proposal: z.string().min(1).max(200).describe('The id of a proposal.') }),
  output: z.strictObject({
    id: z.string(),
    skill: z.string(),
    summary: z.string(),
    safety: z.string(),
    expectedGainUs: z.number().nullable(),
    rejectedBefore: z.string().nullable(),
    edits: fittedJsonSchema,
  }),
  run: ({ proposal: id }, { observation }) => {
    const found = findProposal(observation, id);
    if (isMistake(found)) return found;
    const before = rejectedBefore(observation, found.edits);
    return viewed({
      ...{ id: cleanName(found.id), skill: cleanName(found.skill) },
      summary: quoteUntrusted(`skill ${found.skill}`, found.summary, 1000),
      safety: quoteUntrusted(`skill ${found.skill}`, found.safety, 1000),
      expectedGainUs: found.expectedGainUs,
      rejectedBefore: before === null ? null : rejectionText(before),
      edits: shownEdits(found.edits, 14_000),
    });
  },
});

import { z } from 'zod';
import { rejectedBefore, rejectionText } from '../edits/same-edits.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { decisionTool } from '../tool/define-tool.ts';
import { decided, isMistake, mistake } from '../tool/results.ts';
import { CITES, reasonField } from './decision-fields.ts';
import { findProposal, unknownLessons } from './find-offered.ts';

export const tryProposal: AgentTool = decisionTool({
  name: 'try_proposal',
  title: 'Try a proposal',
  description:
    'Decides to try one of the proposals that skills make, by its id (list_proposals). In phases 4 and 5 it is kept only ' +
    'if the time falls and the gate still passes, and is taken back otherwise; in phases 1 to 3 it changes the plan and ' +
    'the gate has to be run after it. It counts as an attempt.',
  input: z.strictObject({
    proposal: z.string().min(1).max(200).describe('The id of a proposal.'),
    reason: reasonField,
    ...CITES,
  }),
  run: ({ proposal: id, reason, cites }, { observation }) => {
    const proposal = findProposal(observation, id);
    if (isMistake(proposal)) return proposal;
    const before = rejectedBefore(observation, proposal.edits);
    if (before !== null) return mistake(`${rejectionText(before)}\nTry something else.`);
    const unknown = unknownLessons(observation, cites);
    if (unknown !== null) return unknown;
    return decided({ kind: 'try-proposal', proposal: proposal.id, reason, ...(cites ? { cites } : {}) });
  },
});

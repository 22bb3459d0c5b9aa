import { z } from 'zod';
import { EDIT_SUMMARY } from '../edits/edit-summary.ts';
import { editsField, parseEdits } from '../edits/parse-edits.ts';
import { previewProblem } from '../edits/preview-problem.ts';
import { rejectedBefore, rejectionText } from '../edits/same-edits.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { decisionTool } from '../tool/define-tool.ts';
import { decided, isMistake, mistake } from '../tool/results.ts';
import { CITES, reasonField } from './decision-fields.ts';
import { unknownLessons } from './find-offered.ts';

export const authorEdits: AgentTool = decisionTool({
  name: 'author_edits',
  title: 'Author edits of the plan',
  description:
    'Decides to change the plan by edits of your own, whole kernels included. They are first applied and compiled without ' +
    'consequence; what does not fit or compile comes back to be mended and costs nothing. What compiles counts as an ' +
    'attempt, and is judged like a proposal. Look with preview_edits first where you are not sure that it is faster.\n' +
    EDIT_SUMMARY,
  input: z.strictObject({ edits: editsField, reason: reasonField, ...CITES }),
  run: async ({ edits: given, reason, cites }, context) => {
    const edits = parseEdits(given);
    if (isMistake(edits)) return edits;
    const before = rejectedBefore(context.observation, edits);
    if (before !== null) return mistake(`${rejectionText(before)}\nTry something else.`);
    const unknown = unknownLessons(context.observation, cites);
    if (unknown !== null) return unknown;
    const problem = await previewProblem(edits, context);
    if (problem !== null) return mistake(problem);
    return decided({ kind: 'author-edits', edits, reason, ...(cites ? { cites } : {}) });
  },
});

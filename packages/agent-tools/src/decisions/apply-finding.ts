import { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';
import { nameList } from '../text/fitted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { decisionTool } from '../tool/define-tool.ts';
import { decided, mistake } from '../tool/results.ts';
import { reasonField } from './decision-fields.ts';

export const applyFinding: AgentTool = decisionTool({
  name: 'apply_finding',
  title: 'Apply the cure of a finding',
  description:
    'Decides to apply the edits of a finding: what a debug skill says is the cause of the failure (show_failure lists them ' +
    'with their index). In phases 4 and 5 it tries the attempt that failed again with the cure. It counts as an attempt.',
  input: z.strictObject({
    finding: z.int().min(0).max(1_000_000).describe('The index of the finding, from 0.'),
    reason: reasonField,
  }),
  run: ({ finding: index, reason }, { observation: { findings } }) => {
    const finding = findings[index];
    const curable = findings.flatMap(({ skill, edits }, at) =>
      edits.length > 0 ? [`${at} (${cleanName(skill)})`] : [],
    );
    if (finding === undefined) {
      return mistake(`There is no finding ${index}: there are ${findings.length}. With a cure: ${nameList(curable)}.`);
    }
    if (finding.edits.length === 0) {
      return mistake(`Finding ${index} names a cause and no cure. With a cure: ${nameList(curable)}.`);
    }
    return decided({ kind: 'apply-finding', finding: index, reason });
  },
});

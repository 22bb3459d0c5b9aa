import { z } from 'zod';
import type { AgentTool } from '../tool/agent-tool.ts';
import { decisionTool } from '../tool/define-tool.ts';
import { decided } from '../tool/results.ts';
import { reasonField } from './decision-fields.ts';

export const revert: AgentTool = decisionTool({
  name: 'revert',
  title: 'Take the last change back',
  description:
    'Decides to take back the last change of this phase that stands. What phases 4 and 5 rejected is taken back already: ' +
    'there it is for what was kept, where the gate that closes the phase does not pass.',
  input: z.strictObject({ reason: reasonField }),
  run: ({ reason }) => decided({ kind: 'revert', reason }),
});

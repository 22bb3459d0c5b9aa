import { z } from 'zod';
import type { AgentTool } from '../tool/agent-tool.ts';
import { decisionTool } from '../tool/define-tool.ts';
import { decided } from '../tool/results.ts';
import { reasonField } from './decision-fields.ts';

export const giveUp: AgentTool = decisionTool({
  name: 'give_up',
  title: 'Give the phase up',
  description:
    'Decides that this phase cannot be brought further. Phases 1 to 3 fail with it; in phases 4 and 5 the gate closes the ' +
    'phase on what has been kept.',
  input: z.strictObject({ reason: reasonField }),
  run: ({ reason }) => decided({ kind: 'give-up', reason }),
});

import { z } from 'zod';
import type { AgentTool } from '../tool/agent-tool.ts';
import { decisionTool } from '../tool/define-tool.ts';
import { decided, mistake } from '../tool/results.ts';

export const profile: AgentTool = decisionTool({
  name: 'profile',
  title: 'Find where the time goes',
  description:
    'Decides to run the plan and note where its time goes; the next observation has the profile. Phases 4 and 5 always ' +
    'have one: use show_profile there.',
  input: z.strictObject({}),
  run: (_, { observation: { situation } }) =>
    situation.phase >= 4 && situation.profile !== null
      ? mistake('This observation has a profile of the plan that stands: use show_profile.')
      : decided({ kind: 'profile' }),
});

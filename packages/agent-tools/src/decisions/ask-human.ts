import { z } from 'zod';
import type { AgentTool } from '../tool/agent-tool.ts';
import { decisionTool } from '../tool/define-tool.ts';
import { decided } from '../tool/results.ts';

export const askHuman: AgentTool = decisionTool({
  name: 'ask_human',
  title: 'Ask the human',
  description:
    'Decides to stop and put a question to the human; the deployment waits until somebody answers. Only for what no look, ' +
    'edit or skill can settle. Say what was tried, what was seen, and what the choices are.',
  input: z.strictObject({ question: z.string().min(1).max(4000) }),
  run: ({ question }) => decided({ kind: 'ask-human', question }),
});

import { z } from 'zod';
import type { AgentTool } from '../tool/agent-tool.ts';
import { decisionTool } from '../tool/define-tool.ts';
import { decided } from '../tool/results.ts';

export const recordLesson: AgentTool = decisionTool({
  name: 'record_lesson',
  title: 'Record a lesson',
  description:
    'Decides to write down something that later deployments should know and that attempts do not say by themselves ' +
    '(what was kept and rejected is recorded anyway). One sentence, and the figures that show it.',
  input: z.strictObject({
    lesson: z.string().min(1).max(1000).describe('One sentence.'),
    evidence: z.array(z.string().min(1).max(500)).max(20).describe('What was seen, with figures, one item each.'),
  }),
  run: ({ lesson, evidence }) => decided({ kind: 'record-lesson', lesson, evidence }),
});

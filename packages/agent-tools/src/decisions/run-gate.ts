import { z } from 'zod';
import type { AgentTool } from '../tool/agent-tool.ts';
import { decisionTool } from '../tool/define-tool.ts';
import { decided } from '../tool/results.ts';

export const runGate: AgentTool = decisionTool({
  name: 'run_gate',
  title: 'Run the gate',
  description:
    'Decides to run the gate of this phase on the plan as it stands. If it passes, the phase is done. If it fails, the ' +
    'next observation has its report and the first kernel that is wrong. In phases 4 and 5 it closes the phase with what ' +
    'has been kept: run it when nothing worth trying is left. On a plan that has not changed it says the same again.',
  input: z.strictObject({}),
  run: () => decided({ kind: 'run-gate' }),
});

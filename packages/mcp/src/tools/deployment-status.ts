import { quoteUntrusted } from '@tilewright/agent-tools';
import { z } from 'zod';
import { deploymentStatusSchema } from '../service/outcome-schemas.ts';
import type { DeploymentStatus } from '../service/tilewright-service.ts';
import { LOOKS, type ServerTool, serverTool } from '../tool/server-tool.ts';
import { directoryField } from './fields.ts';

export const deploymentStatus: ServerTool = serverTool<{ readonly directory: string }, DeploymentStatus>({
  name: 'deployment_status',
  title: 'How far a deployment came',
  description: "What a deployment's directory tells: phases, gates, what the agent used, the verdict. Judges nothing.",
  effects: LOOKS,
  input: z.strictObject({ directory: directoryField }),
  output: deploymentStatusSchema,
  run: async ({ directory }, { state }) => {
    const status = await state.service.status(await state.workspaces.below(directory, 'directory'));
    const { evaluation } = status;
    return {
      data: status,
      text: [
        `${status.directory}: ${status.status}.`,
        quoteUntrusted('deployment.json', `${status.model} on ${status.target}, agent ${status.agent}`),
        ...status.phases.map(({ phase, title, status: reached }) => `  phase ${phase}, ${title}: ${reached}`),
        ...(evaluation === null
          ? ['Nobody has judged it yet.']
          : [
              `Evaluator: ${evaluation.verdict}: ${evaluation.summary}${evaluation.current ? '' : ' (of an earlier plan)'}`,
            ]),
      ].join('\n'),
    };
  },
});

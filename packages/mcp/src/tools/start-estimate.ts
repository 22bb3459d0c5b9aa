import { z } from 'zod';
import { type JobBrief, jobBriefSchema, jobView } from '../job/job-view.ts';
import { ACTS, type ServerTool, serverTool } from '../tool/server-tool.ts';
import { moduleBelow } from '../workspace/module-below.ts';
import { modelField, moduleField } from './fields.ts';
import { started } from './started.ts';

interface StartEstimateInput {
  readonly model: string;
  readonly target?: string | undefined;
  readonly promptTokens?: number | undefined;
  readonly contextTokens?: number | undefined;
  readonly optimize: boolean;
}

export const startEstimate: ServerTool = serverTool<StartEstimateInput, JobBrief>({
  name: 'start_estimate',
  title: 'Estimate what a model would take',
  description:
    'Estimates the time to the first token and the tokens per second of a model on a target from its configuration alone; ' +
    'nothing runs and no gate sees it. Estimates, not measurements. Returns a job at once, to be followed with poll_job.',
  effects: { ...ACTS, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    model: modelField,
    target: moduleField.optional().describe("A target's name. Default: the simulator of AMD XDNA 2."),
    promptTokens: z.int().min(1).max(1_048_576).optional().describe('Default 2048, or what the model takes.'),
    contextTokens: z.int().min(1).max(1_048_576).optional().describe('Default one more than the prompt.'),
    optimize: z.boolean().default(false).describe('Whether to estimate also what the optimisation skills make of it.'),
  }),
  output: jobBriefSchema,
  run: async ({ model, target, promptTokens = null, contextTokens = null, optimize }, { state }) => {
    const { service, jobs, workspaces } = state;
    const request = {
      ...{ model, promptTokens, contextTokens, optimize },
      target: target === undefined ? null : await moduleBelow(target, 'target', workspaces),
    };
    const job = jobs.start({
      ...{ kind: 'estimate', subject: model, directory: null, guest: false, reviewed: false },
      run: (hooks) => service.estimate(request, hooks),
    });
    return started(jobView(job, 0));
  },
});

import { z } from 'zod';
import { type JobBrief, jobBriefSchema, jobView } from '../job/job-view.ts';
import { ACTS, type ServerTool, serverTool } from '../tool/server-tool.ts';
import { moduleBelow } from '../workspace/module-below.ts';
import { directoryField, modelField, moduleField } from './fields.ts';
import { started } from './started.ts';

interface StartEvaluationInput {
  readonly directory: string;
  readonly model?: string | undefined;
  readonly target?: string | undefined;
}

export const startEvaluation: ServerTool = serverTool<StartEvaluationInput, JobBrief>({
  name: 'start_evaluation',
  title: 'Judge a deployment anew',
  description:
    'Judges a deployment from its plan and its model alone, with seeds of its own, and only then reads what was claimed; ' +
    'writes evaluation_report.md. In the background: returns a job at once, to be followed with poll_job. A verdict of ' +
    'fail is a result, not an error.',
  effects: { ...ACTS, openWorldHint: true },
  input: z.strictObject({
    directory: directoryField,
    model: modelField.optional().describe('The model to judge against. Default: the one that the deployment names.'),
    target: moduleField.optional().describe('The target to judge on. Default: the one that the deployment names.'),
  }),
  output: jobBriefSchema,
  run: async ({ directory: named, model = null, target }, { state }) => {
    const { service, jobs, workspaces } = state;
    const directory = await workspaces.below(named, 'directory');
    const request = {
      ...{ directory, model },
      target: target === undefined ? null : await moduleBelow(target, 'target', workspaces),
    };
    const job = jobs.start({
      ...{ kind: 'evaluation', subject: named, directory, guest: false, reviewed: false },
      run: (hooks) => service.evaluate(request, hooks),
    });
    return started(jobView(job, 0));
  },
});

import { z } from 'zod';
import { describeJob, type JobBrief, jobBriefSchema, jobView } from '../job/job-view.ts';
import { waitForTurn } from '../job/wait-for-turn.ts';
import { ACTS, type ServerTool, serverTool } from '../tool/server-tool.ts';
import { jobField } from './fields.ts';

const WAIT_FOR_END_MS = 10_000;

export const cancelJob: ServerTool = serverTool<{ readonly job: string }, JobBrief>({
  name: 'cancel_job',
  title: 'End a job in order',
  description:
    'Asks a running job to stop at its next step. What a deployment has reached stays in its directory: start_deployment ' +
    'with the same model and out goes on from there.',
  effects: { ...ACTS, idempotentHint: true },
  input: z.strictObject({ job: jobField }),
  output: jobBriefSchema,
  run: async ({ job: id }, { state, request }) => {
    const job = state.jobs.get(id);
    job.cancel();
    const deadline = performance.now() + WAIT_FOR_END_MS;
    while (job.state().status === 'running' && !request.signal.aborted && performance.now() < deadline) {
      await waitForTurn(job, { waitMs: deadline - performance.now(), signal: request.signal });
    }
    const view = jobView(job, 4);
    return { data: view, text: describeJob(view) };
  },
});

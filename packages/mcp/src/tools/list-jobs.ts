import { z } from 'zod';
import { describeJob, type JobBrief, jobBriefSchema, jobView } from '../job/job-view.ts';
import { LOOKS, type ServerTool, serverTool } from '../tool/server-tool.ts';

interface ListJobsOutput {
  readonly jobs: readonly JobBrief[];
}

export const listJobs: ServerTool = serverTool<Readonly<Record<string, never>>, ListJobsOutput>({
  name: 'list_jobs',
  title: 'List jobs',
  description: 'Every job since this server began: deployments, evaluations and estimates, with what each needs.',
  effects: LOOKS,
  input: z.strictObject({}),
  output: z.object({ jobs: z.array(jobBriefSchema) }),
  run: async (_input, { state }) => {
    const jobs = state.jobs.list().map((job) => jobView(job, 0));
    return { data: { jobs }, text: jobs.length === 0 ? 'No job yet.' : jobs.map(describeJob).join('\n') };
  },
});

import { describeJob, type JobBrief, type JobView } from '../job/job-view.ts';
import type { ToolAnswer } from '../tool/server-tool.ts';

/** The answer of the tools that start a job. */
export function started(view: JobView): ToolAnswer<JobBrief> {
  return { data: view, text: `${describeJob(view)}\nFollow it: poll_job with job ${view.job} and waitMs.` };
}

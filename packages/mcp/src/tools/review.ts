import { TilewrightError } from '@tilewright/spec';
import { z } from 'zod';
import { describeJob, type JobBrief, jobBriefSchema, jobView } from '../job/job-view.ts';
import { ACTS, type ServerTool, serverTool } from '../tool/server-tool.ts';
import { reviewOf } from './checkpoint-form.ts';
import { jobField } from './fields.ts';

interface ReviewInput {
  readonly job: string;
  readonly checkpoint: number;
  readonly decision: 'approve' | 'reject' | 'redirect' | 'wait';
  readonly text: string;
}

export const review: ServerTool = serverTool<ReviewInput, JobBrief>({
  name: 'review',
  title: "Give the user's answer at a checkpoint",
  description:
    "Takes the user's answer to the checkpoint that poll_job shows: ask them, and do not answer in their place. approve goes " +
    'on; reject ends the deployment; redirect has the phase done again as they say, and answers a question; wait stops, to ' +
    'go on later. What did not pass its gate cannot be approved into passing.',
  effects: ACTS,
  input: z.strictObject({
    job: jobField,
    checkpoint: z.int().min(1).describe('The number of the checkpoint that poll_job shows.'),
    decision: z.enum(['approve', 'reject', 'redirect', 'wait']),
    text: z.string().max(4000).default('').describe('Why, for reject; what to do instead, for redirect.'),
  }),
  output: jobBriefSchema,
  run: async ({ job: id, checkpoint, decision, text }, { state }) => {
    const job = state.jobs.get(id);
    if (job.reviews === null) {
      throw new TilewrightError(
        'usage',
        `${id} asks nobody: it is no deployment with approve 'ask'.`,
        'Call poll_job.',
      );
    }
    if (decision === 'redirect' && text.trim() === '') {
      throw new TilewrightError('usage', 'A redirection needs words.', 'Say in text what the phase should do instead.');
    }
    job.reviews.answer(checkpoint, reviewOf(decision, text));
    const view = jobView(job, 0);
    return { data: view, text: `Checkpoint ${checkpoint}: ${decision}.\n${describeJob(view)}` };
  },
});

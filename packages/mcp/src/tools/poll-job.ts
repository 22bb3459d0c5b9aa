import { z } from 'zod';
import { describeJob, type JobView, jobView, jobViewSchema } from '../job/job-view.ts';
import { ACTS, type ServerTool, serverTool } from '../tool/server-tool.ts';
import { answerOfForm, askByForm } from './checkpoint-form.ts';
import { jobField, waitField } from './fields.ts';
import { waitTellingProgress } from './wait-telling-progress.ts';

interface PollJobInput {
  readonly job: string;
  readonly waitMs: number;
  readonly lines: number;
}

export const pollJob: ServerTool = serverTool<PollJobInput, JobView>({
  name: 'poll_job',
  title: 'See what a job does',
  description:
    'Status, phase, last lines and, at the end, the result of a job. With waitMs it waits until the job takes a turn; with a ' +
    'progress token it tells progress meanwhile. Where the job needs an approval and you can show your user a form, they ' +
    'are asked; otherwise needs is approval: ask them, and give their answer with review.',
  // A human who is asked in the course of it may approve something.
  effects: { ...ACTS, idempotentHint: true },
  input: z.strictObject({
    job: jobField,
    waitMs: waitField,
    lines: z.int().min(0).max(200).default(12).describe('How many of the last lines to show.'),
  }),
  output: jobViewSchema,
  run: async ({ job: id, waitMs, lines }, call) => {
    const job = call.state.jobs.get(id);
    const note = answerOfForm(job, call.request);
    await waitTellingProgress(job, waitMs, call.request);
    const question = await askByForm(job, call);
    if (question !== null) return question;
    const view = jobView(job, lines);
    return { data: view, text: [...(note === null ? [] : [note]), describeJob(view)].join('\n') };
  },
});

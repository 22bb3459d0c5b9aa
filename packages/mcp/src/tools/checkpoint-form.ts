import {
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Review } from '@tilewright/spec';
import { z } from 'zod';
import type { Job } from '../job/job.ts';
import type { AskedAbout } from '../server/server-state.ts';
import type { ToolCall } from '../tool/server-tool.ts';

const KEY = 'checkpoint';

const form = z.object({
  decision: z
    .enum(['approve', 'reject', 'redirect', 'wait'])
    .describe(
      'approve: go on. reject: end here. redirect: do the phase again, as you say below. wait: stop, go on later.',
    ),
  text: z.string().max(4000).optional().describe('Why, for reject; what to do instead, for redirect.'),
});

/**
 * Asks the human at the client about the checkpoint that waits, by a form; null where nothing waits, where the client cannot
 * show one, and where they have turned this one away. In both eras: the SDK carries it in the way of each.
 */
export async function askByForm(job: Job, { canElicit, state }: ToolCall): Promise<InputRequiredResult | null> {
  const { reviews } = job;
  const waiting = reviews?.waiting();
  if (!reviews || !waiting || !canElicit || reviews.dismissed()) return null;
  const { number, checkpoint } = waiting;
  const { phase, title, report } = checkpoint;
  return inputRequired({
    inputRequests: {
      [KEY]: inputRequired.elicit({
        message: `${job.subject}: phase ${phase}, ${title}. Gate ${report.gate}: ${report.verdict}. ${report.summary}`,
        requestedSchema: form,
      }),
    },
    requestState: await state.asked.mint({ job: job.id, checkpoint: number }),
  });
}

/**
 * Takes the answer that comes back with a request, if one does, to the checkpoint that it was asked about. Gives a line for the
 * client where it comes to nothing.
 */
export function answerOfForm(job: Job, request: ServerContext['mcpReq']): string | null {
  const { reviews } = job;
  const about = request.requestState<AskedAbout>();
  const response = inputResponse(request.inputResponses, KEY);
  if (!reviews || response.kind !== 'elicit' || about?.job !== job.id) return null;
  const { checkpoint } = about;
  if (reviews.waiting()?.number !== checkpoint) return `Checkpoint ${checkpoint} had its answer before this one.`;
  if (response.action !== 'accept') {
    reviews.dismiss(checkpoint);
    return 'The form was turned away without an answer: ask the user, and give their answer with review.';
  }
  const answer = form.safeParse(response.content);
  // Asked again, by what follows.
  if (!answer.success) return 'The answer was none of approve, reject, redirect and wait.';
  reviews.answer(checkpoint, reviewOf(answer.data.decision, answer.data.text ?? ''));
  return `Checkpoint ${checkpoint}: ${answer.data.decision}.`;
}

/** What a human answered, as the deployment takes it. */
export function reviewOf(decision: 'approve' | 'reject' | 'redirect' | 'wait', text: string): Review {
  switch (decision) {
    case 'approve':
    case 'wait':
      return { kind: decision };
    case 'reject':
      return { kind: 'reject', reason: text === '' ? 'no reason given' : text };
    case 'redirect':
      return { kind: 'redirect', instruction: text };
  }
}

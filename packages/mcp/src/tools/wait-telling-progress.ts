import type { ServerContext } from '@modelcontextprotocol/server';
import type { Job } from '../job/job.ts';
import { waitForTurn } from '../job/wait-for-turn.ts';

/** No client needs to be told more often what goes on. */
const STEP_EVERY_MS = 250;

/** Waits for the job's next turn, and tells what it does meanwhile where the client asked for that. */
export async function waitTellingProgress(job: Job, waitMs: number, request: ServerContext['mcpReq']): Promise<void> {
  const { signal, notify } = request;
  const progressToken = request._meta?.progressToken;
  let toldAt = Number.NEGATIVE_INFINITY;
  await waitForTurn(job, {
    ...{ waitMs, signal },
    onChange: (change) => {
      if (progressToken === undefined || change.kind !== 'progress') return;
      const { progress, count } = change;
      if (progress.kind === 'step' && performance.now() - toldAt < STEP_EVERY_MS) return;
      toldAt = performance.now();
      // Nobody can be told that telling failed; the answer itself still comes.
      notify({
        method: 'notifications/progress',
        params: { progressToken, progress: count, message: progress.text.trim() },
      }).catch(() => {});
    },
  });
}

import type { Reviewer } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { terminalReviewer } from './terminal-reviewer.ts';

/** Approves what passed its gate; whatever did not pass never comes to a reviewer as passed. */
const APPROVING: Reviewer = { review: async () => ({ kind: 'approve' }) };

/** Leaves every checkpoint for somebody who answers later. */
const WAITING: Reviewer = { review: async () => ({ kind: 'wait' }) };

/** `--yes` approves; a terminal asks whoever sits at it; everything else waits. */
export function reviewerFor(approve: boolean, interactive: boolean, context: CommandContext): Reviewer {
  if (approve) return APPROVING;
  return interactive ? terminalReviewer(context) : WAITING;
}

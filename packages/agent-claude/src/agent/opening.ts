import type { BetaToolUseBlock } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import { describeObservation } from '@tilewright/agent-tools';
import type { BudgetLimits, Observation } from '@tilewright/spec';
import type { UserBlock } from '../conversation/conversation-item.ts';
import { isDecisionTool } from './decision-tools.ts';

/**
 * What opens a turn: how things stand. Where the last answer has calls without results, the decision among them gets what
 * came of it; the others were interrupted, as was a decision that is not among those `taken` in this run.
 */
export function openingBlocks(
  observation: Observation,
  remaining: BudgetLimits,
  openCalls: readonly BetaToolUseBlock[],
  /** The last thing that was said got no answer. */
  isUnanswered: boolean,
  taken: ReadonlySet<string>,
): UserBlock[] {
  const text = describeObservation(observation, { remaining });
  const decided = openCalls.find(({ id, name }) => taken.has(id) || isDecisionTool(name));
  const results = openCalls.map((call): UserBlock => {
    if (call !== decided)
      return { type: 'tool_result', tool_use_id: call.id, content: INTERRUPTED_CALL, is_error: true };
    return {
      type: 'tool_result',
      tool_use_id: call.id,
      content: taken.has(call.id) ? text : `${INTERRUPTED_DECISION}\n\n${text}`,
    };
  });
  if (decided) return results;
  const wasInterrupted = isUnanswered || results.length > 0;
  return [...results, { type: 'text', text: wasInterrupted ? `${INTERRUPTED_TURN}\n\n${text}` : text }];
}

const INTERRUPTED_CALL = 'The run was interrupted before this was answered. Call it again if you need it.';
const INTERRUPTED_DECISION =
  'The run was interrupted after this decision. Whether it was carried out shows in how things stand now:';
const INTERRUPTED_TURN = 'The run was interrupted and goes on. How things stand now:';

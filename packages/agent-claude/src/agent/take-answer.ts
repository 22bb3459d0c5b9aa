import type { BetaToolRunner } from '@anthropic-ai/sdk/lib/tools/BetaToolRunner';
import type { BetaMessage, BetaToolResultBlockParam } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type { ToolContext } from '@tilewright/agent-tools';
import type { Decision } from '@tilewright/spec';
import { callsIn, type UserBlock } from '../conversation/conversation-item.ts';
import { type CallBoard, isDecisionTool, isKnownTool, unknownToolProblem } from './decision-tools.ts';

/** What an answer came to. */
export type Step =
  /** `results` are those of the other calls: the decision's own result is what will come of it. */
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      readonly call: string;
      readonly results: readonly UserBlock[];
    }
  /** `wentNowhere`: the model looked at nothing and decided nothing. Nothing to say lets it go on by itself. */
  | { readonly kind: 'reply'; readonly content: readonly UserBlock[]; readonly wentNowhere: boolean }
  /** The service withheld it. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** There was no room for it. */
  | { readonly kind: 'too-long' };

/** Answers the calls of an answer, through the runner. Throws what no tool makes a result of. */
export async function takeAnswer(
  message: BetaMessage,
  runner: BetaToolRunner<true>,
  board: CallBoard,
  context: ToolContext,
): Promise<Step> {
  const calls = callsIn(message.content);
  switch (message.stop_reason) {
    case 'refusal': {
      const { category, explanation } = message.stop_details ?? {};
      return { kind: 'refused', reason: [category, explanation].filter(Boolean).join(': ') || 'no reason given' };
    }
    case 'model_context_window_exceeded':
      return { kind: 'too-long' };
    case 'pause_turn':
      return { kind: 'reply', content: [], wentNowhere: false };
    case 'max_tokens':
      return { kind: 'reply', content: cutOff(calls), wentNowhere: true };
    default:
  }
  if (calls.length === 0) return { kind: 'reply', content: [say(NO_CALL)], wentNowhere: true };

  board.deciding = calls.find(({ name }) => isDecisionTool(name))?.id ?? null;
  board.outcome = { taken: null, failure: null, mistakes: [] };
  const response = await runner.generateToolResponse();
  const { taken, failure } = board.outcome;
  if (failure !== null) throw failure.error;
  const results = (response?.content ?? []) as BetaToolResultBlockParam[];
  for (const { id, name, input } of calls) {
    const result = isKnownTool(name) ? undefined : results.find((one) => one.tool_use_id === id);
    if (result === undefined) continue;
    board.outcome.mistakes.push(`${name} ${JSON.stringify(input)}`);
    result.content = await unknownToolProblem(name, input, context);
  }
  if (taken === null) return { kind: 'reply', content: results, wentNowhere: false };
  const others = results.filter(({ tool_use_id: id }) => id !== taken.call);
  return { kind: 'decided', ...taken, results: others };
}

/** An answer that the limit of tokens cut off: none of its calls counts, as the last may lack its end. */
function cutOff(calls: readonly { readonly id: string }[]): UserBlock[] {
  if (calls.length === 0) return [say(CUT_OFF)];
  return calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: CUT_OFF, is_error: true }));
}

export function say(text: string): UserBlock {
  return { type: 'text', text };
}

/** Said to a model whose answer was withheld. */
export const REFUSED =
  'The service withheld your last answer. The task is to deploy the model described above by editing its plan; go on with a tool.';
const NO_CALL =
  'You called no tool, so nothing happens. Look with a tool, or decide with one: nobody reads text alone.';
const CUT_OFF =
  'Not done: your answer was cut off at its limit of tokens, and no call in it was made. Say less before you call, and author less at once.';

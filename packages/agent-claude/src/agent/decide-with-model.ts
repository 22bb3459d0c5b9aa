import type Anthropic from '@anthropic-ai/sdk';
import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type { ToolContext } from '@tilewright/agent-tools';
import { type DecideOptions, type Decision, type Observation, TilewrightError, throwIfAborted } from '@tilewright/spec';
import type { KeptConversation } from '../conversation/conversation.ts';
import type { UserBlock } from '../conversation/conversation-item.ts';
import { estimateTokens, withinContext } from '../conversation/within-context.ts';
import { receiveAnswer } from '../request/receive-answer.ts';
import { retries } from '../request/retries.ts';
import { serviceFailure, tooLong } from '../request/service-failure.ts';
import { accountOf } from '../usage/account.ts';
import type { ClaudeAgentSettings } from './claude-agent-options.ts';
import { type CallBoard, decisionTools, isLookTool } from './decision-tools.ts';
import { openingBlocks } from './opening.ts';
import { patienceOf } from './patience.ts';
import type { RepeatedDecisions } from './repeated-decisions.ts';
import { systemPrompt } from './system-prompt.ts';
import { REFUSED, type Step, say, takeAnswer } from './take-answer.ts';

export interface DecisionRequest {
  readonly client: Anthropic;
  readonly settings: ClaudeAgentSettings;
  /** Takes secrets out of text. */
  readonly clean: (text: string) => string;
  readonly conversation: KeptConversation;
  readonly repeated: RepeatedDecisions;
  /** Calls whose decision was handed to the caller in this run. */
  readonly taken: Set<string>;
  readonly observation: Observation;
  readonly options: DecideOptions;
}

/**
 * One decision: the model is asked and its calls are answered until one of them decides. The SDK's runner sends and calls;
 * what it sends is always the conversation as it is kept, so that a request that failed is made again from there.
 */
export async function decideWithModel(request: DecisionRequest): Promise<Decision> {
  const { client, settings, clean, conversation, observation, options } = request;
  const { signal } = options;
  throwIfAborted(signal);
  const account = accountOf(options, settings);
  const context: ToolContext = { observation, instruments: options.instruments ?? null, ...(signal && { signal }) };
  const board: CallBoard = { deciding: null, outcome: { taken: null, failure: null, mistakes: [] } };
  let repeatedTooOften: string | null = null;
  const tools = decisionTools(context, board, (decision) => {
    const repetition = request.repeated.notice(observation, decision);
    if (repetition?.kind === 'end') repeatedTooOften = repetition.reason;
    return repetition?.kind === 'end' ? repetition.reason : (repetition?.problem ?? null);
  });
  const system = systemPrompt(options.instruments?.skills ?? []);
  const fixedTokens = estimateTokens(JSON.stringify([tools, system]));
  const params = (): { messages: BetaMessageParam[]; max_tokens: number } => {
    const room = Math.max(1, settings.maxContextTokens - fixedTokens);
    const messages = withinContext(conversation.messages(), room, isLookTool);
    return { messages, max_tokens: account.outputTokens(fixedTokens + estimateTokens(JSON.stringify(messages))) };
  };
  const open = async (preface: string): Promise<void> => {
    const isUnanswered = conversation.messages().at(-1)?.role === 'user';
    const blocks = openingBlocks(observation, account.left(), conversation.openCalls(), isUnanswered, request.taken);
    await conversation.say(preface === '' ? blocks : [...blocks, say(preface)]);
  };

  await open('');
  const first = params();
  if (first.max_tokens === 0) return giveUp(USED_UP);
  const runner = client.beta.messages.toolRunner(
    {
      ...{ model: settings.model, system, tools, ...first, stream: true, thread: false },
      cache_control: { type: 'ephemeral' },
      ...(settings.effort && { output_config: { effort: settings.effort } }),
      ...(settings.thinking && { thinking: { type: settings.thinking } }),
    },
    signal ? { signal } : {},
  );
  const retry = retries(settings);
  const patience = patienceOf(settings);
  let restarts = 0;
  const startAgain = async (problem: string): Promise<void> => {
    if (++restarts > 1) throw tooLong(problem);
    await conversation.restart();
    await open(LEFT_OUT);
  };
  try {
    for await (const stream of runner) {
      const received = await receiveAnswer(stream);
      await account.record(received);
      if (received.kind === 'failed') {
        throwIfAborted(signal);
        const failure = serviceFailure(received.error, settings.model, clean);
        if (failure.kind === 'final') throw failure.error;
        if (failure.kind === 'too-long') await startAgain(failure.problem);
        else await retry.wait(failure, account.left().wallMs ?? Number.POSITIVE_INFINITY, signal);
      } else {
        retry.succeeded();
        await conversation.hear(received.message);
        const step = await takeAnswer(received.message, runner, board, context);
        if (step.kind === 'decided') {
          request.taken.add(step.call);
          if (step.results.length > 0) await conversation.say(step.results);
          return JSON.parse(clean(JSON.stringify(step.decision))) as Decision;
        }
        if (step.kind === 'too-long') await startAgain('the context window is full');
        const end = repeatedTooOften ?? patience.endAfter(step, board.outcome.mistakes);
        const content = replyTo(step, patience.answersLeft());
        if (content.length > 0) await conversation.say(content);
        if (end !== null) return giveUp(end);
      }
      const next = params();
      if (next.max_tokens === 0) return giveUp(USED_UP);
      runner.setMessagesParams((before) => ({ ...before, ...next }));
    }
  } catch (error) {
    throwIfAborted(signal);
    if (TilewrightError.isInstance(error)) throw error;
    const failure = serviceFailure(error, settings.model, clean);
    throw failure.kind === 'final' ? failure.error : new TilewrightError('internal', failure.problem, REPORT);
  }
  return giveUp('The model ended the conversation.');
}

function replyTo(step: Exclude<Step, { readonly kind: 'decided' }>, answersLeft: number): readonly UserBlock[] {
  if (step.kind === 'too-long') return [];
  const content = step.kind === 'refused' ? [say(REFUSED)] : step.content;
  if (content.length === 0 || answersLeft > 3) return content;
  return [...content, say(`Decide now: after ${answersLeft} more answers without a decision the phase ends.`)];
}

function giveUp(reason: string): Decision {
  return { kind: 'give-up', reason };
}

const USED_UP = 'What is left of the budget is too little for another answer of the model.';
const LEFT_OUT = 'What was said before was left out: it had become too long.';
const REPORT = 'Report it: this is a bug in Tilewright.';

import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages/messages';

/** Fewer than real text and JSON have: what is counted is rather too much. */
const CHARACTERS_PER_TOKEN = 3;
/** Shorter results are not worth the words that say that they were cut. */
const LEAST_CUT_CHARACTERS = 400;

type Block = { readonly type: string; readonly [field: string]: unknown };

/** About how many tokens a text has. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/**
 * The messages with the results of older looks cut, so that they stay under `limitTokens`. Where a message goes over the
 * limit, results are cut from the oldest on until half of it is left, never those of the last two messages. It is decided
 * message by message and never taken back, so that between two cuts each request begins with the one before it, and the
 * service reads it from its cache. Thoughts belong to the messages before them: after the first cut result they are left out.
 */
export function withinContext(
  messages: readonly BetaMessageParam[],
  limitTokens: number,
  isLook: (tool: string) => boolean,
): BetaMessageParam[] {
  const names = new Map<unknown, string>();
  const kept: BetaMessageParam[] = [];
  let tokens = 0;
  for (const message of messages) {
    for (const block of blocksOf(message)) if (block.type === 'tool_use') names.set(block.id, block.name as string);
    kept.push(message);
    tokens += messageTokens(message);
    if (message.role !== 'user' || tokens <= limitTokens) continue;
    let firstCut = -1;
    for (let index = 0; index < kept.length - 2 && tokens > limitTokens / 2; index++) {
      const whole = kept[index] as BetaMessageParam;
      const cut = withCutResults(whole, names, isLook);
      if (cut === whole) continue;
      if (firstCut < 0) firstCut = index;
      tokens += messageTokens(cut) - messageTokens(whole);
      kept[index] = cut;
    }
    if (firstCut < 0) continue;
    for (let index = firstCut + 1; index < kept.length; index++) {
      const whole = kept[index] as BetaMessageParam;
      kept[index] = withoutThoughts(whole);
      tokens += messageTokens(kept[index] as BetaMessageParam) - messageTokens(whole);
    }
  }
  return kept;
}

function withCutResults(
  message: BetaMessageParam,
  names: ReadonlyMap<unknown, string>,
  isLook: (tool: string) => boolean,
): BetaMessageParam {
  if (message.role !== 'user') return message;
  const blocks = blocksOf(message);
  const content = blocks.map((block) => {
    const name = names.get(block.tool_use_id);
    const { length } = JSON.stringify(block.content ?? '');
    if (block.type !== 'tool_result' || name === undefined || !isLook(name) || length < LEAST_CUT_CHARACTERS)
      return block;
    return {
      ...block,
      content: `[Cut to save room: ${length} characters that ${name} showed. Call it again if they are needed.]`,
    };
  });
  return content.every((block, index) => block === blocks[index]) ? message : ({ ...message, content } as never);
}

function withoutThoughts(message: BetaMessageParam): BetaMessageParam {
  if (message.role !== 'assistant') return message;
  const content = blocksOf(message).filter(({ type }) => type !== 'thinking' && type !== 'redacted_thinking');
  return content.length === 0 ? message : ({ ...message, content } as never);
}

function messageTokens({ content }: BetaMessageParam): number {
  return estimateTokens(JSON.stringify(content));
}

function blocksOf({ content }: BetaMessageParam): readonly Block[] {
  return Array.isArray(content) ? (content as unknown as readonly Block[]) : [];
}

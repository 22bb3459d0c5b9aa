import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import { describe, expect, it } from 'vitest';
import { estimateTokens, withinContext } from './within-context.ts';

const isLook = (name: string): boolean => name.startsWith('show');

/** A conversation of looks of 3000 characters (1000 tokens) each; every third call is a decision, with 500 characters. */
function conversation(turns: number): BetaMessageParam[] {
  const messages: BetaMessageParam[] = [{ role: 'user', content: [{ type: 'text', text: 'Begin.' }] }];
  for (let turn = 0; turn < turns; turn++) {
    const name = turn % 3 === 2 ? 'run_gate' : 'show_plan';
    messages.push(
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: `Thought ${turn}.`, signature: 's' },
          { type: 'tool_use', id: `call${turn}`, name, input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: `call${turn}`,
            content: String(turn)
              .repeat(3000)
              .slice(0, name === 'run_gate' ? 500 : 3000),
          },
        ],
      },
    );
  }
  return messages;
}

const tokensOf = (messages: readonly BetaMessageParam[]): number => estimateTokens(JSON.stringify(messages));

describe('withinContext', () => {
  it('leaves what fits as it is', () => {
    const messages = conversation(5);
    expect(withinContext(messages, 10_000, isLook)).toEqual(messages);
  });

  it('cuts older looks and nothing else, and says so', () => {
    const messages = conversation(16);
    const kept = withinContext(messages, 10_000, isLook);
    expect(tokensOf(kept)).toBeLessThan(10_000);
    const notes = JSON.stringify(kept).match(/Cut to save room: 3002 characters that show_plan showed/g);
    expect(notes?.length).toBeGreaterThan(3);
    for (const [index, message] of messages.entries()) {
      const result = (message.content as { type: string; tool_use_id?: string; content?: string }[])[0];
      if (result?.type !== 'tool_result') continue;
      const isDecision = Number(result.tool_use_id?.slice(4)) % 3 === 2;
      if (isDecision || index >= messages.length - 2) expect(kept[index]).toEqual(message);
    }
  });

  it('changes a prefix only where it cuts: the next request begins with the one before', () => {
    const all = conversation(40);
    let changes = 0;
    let before: BetaMessageParam[] = [];
    for (let turns = 1; turns <= 40; turns++) {
      const now = withinContext(all.slice(0, 1 + 2 * turns), 10_000, isLook);
      if (JSON.stringify(now.slice(0, before.length)) !== JSON.stringify(before)) changes++;
      before = now;
    }
    expect(changes).toBeGreaterThan(2);
    expect(changes).toBeLessThan(12);
  });

  it('leaves out thoughts that were thought before a cut, and keeps later ones', () => {
    const all = conversation(16);
    const thoughts = JSON.stringify(withinContext(all, 10_000, isLook)).match(/Thought \d+/g) ?? [];
    expect(thoughts).not.toContain('Thought 5');
    expect(thoughts).toContain('Thought 15');
    expect(thoughts.slice(0, 2)).toEqual(['Thought 0', expect.not.stringMatching(/ [1-5]$/)]);
  });

  it('gives up no more than it has: decisions alone may be longer than the limit', () => {
    const messages = conversation(16).filter((_, index) => index === 0 || Math.floor((index - 1) / 2) % 3 === 2);
    expect(withinContext(messages, 1000, isLook).length).toBe(messages.length);
  });
});

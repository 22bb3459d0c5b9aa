import type { PlanEdit } from '@tilewright/spec';
import {
  blocksOf,
  type MessagesReply,
  type MessagesRequest,
  type ReplyBlock,
  textOf,
  toolCall,
  toolResultOf,
  type WireBlock,
} from '@tilewright/testkit';

/**
 * A policy in the place of a language model: it looks with the tools that a model has, reads what they say, and decides by it.
 * What it knows of the deployment is in the messages. It takes what skills propose, the promising first; then it thinks of
 * merges that none proposes, previews them, and authors those that save time.
 */
export function scriptedClaude(request: MessagesRequest): MessagesReply {
  const phase = Number(/^Phase (\d)/m.exec(textOf(request.messages[0] as never))?.[1]);
  const made = callsOf(request);
  const id = `toolu_scripted_${phase}_${String(made.length).padStart(2, '0')}`;
  const say = (words: string, ...calls: readonly (readonly [name: string, input: unknown])[]): MessagesReply => ({
    content: [
      { type: 'text', text: words },
      ...calls.map(([name, input], index): ReplyBlock => toolCall(`${id}${'abcd'[index]}`, name, input)),
    ],
  });
  if (phase < 4) return say('The gate says whether the plan is right as it is.', ['run_gate', {}]);

  const last = made.at(-1);
  if (last === undefined) {
    return say(
      'First where the time goes, and what is known about it.',
      ['show_profile', { section: phase === 4 ? 'prefill' : 'decode' }],
      ['read_skill', { skill: 'multi-kernel-merging' }],
      ['list_proposals', {}],
    );
  }
  if (DECISIONS.has(last.name)) return say('What is proposed now?', ['list_proposals', {}]);
  if (last.name === 'list_proposals') {
    const proposals = itemsOf(request, last.id, 'proposals') as readonly {
      id: string;
      expectedGainUs: number | null;
    }[];
    const tried = new Set(made.filter(({ name }) => name === 'try_proposal').map(({ input }) => input.proposal));
    const next = proposals.find((one) => !tried.has(one.id));
    if (next) {
      const reason = `It promises ${next.expectedGainUs === null ? 'something' : `${next.expectedGainUs.toFixed(0)} µs`}, the most of what is left.`;
      return say('The most promising of them.', ['try_proposal', { proposal: next.id, reason }]);
    }
    const hasAuthored = made.some(({ name }) => name === 'author_edits');
    const ideas = ideasOf(phase, hasAuthored).filter(
      (idea) => !made.some((call) => sameEdits(call, 'preview_edits', idea)),
    );
    if (ideas.length > 0) {
      return say(
        'No skill has more to propose. Are there merges that none of them thinks of?',
        ...ideas.map((edits) => ['preview_edits', { edits }] as const),
      );
    }
    if (hasAuthored && !made.some(({ name }) => name === 'record_lesson')) {
      const lesson =
        'Once the attention works sequence first, it can be merged with what follows it: no skill proposes that.';
      const evidence = [
        `${made.filter(({ name }) => name === 'author_edits').length} edits of the agent's own were tried.`,
      ];
      return say('That is worth knowing the next time.', ['record_lesson', { lesson, evidence }]);
    }
    return say('Nothing is left that is worth trying.', ['run_gate', {}]);
  }
  if (last.name === 'preview_edits') {
    const authored = made
      .filter(({ name }) => name === 'author_edits')
      .flatMap(({ input }) => input.edits as PlanEdit[]);
    const isNew = ({ input }: Call): boolean =>
      !JSON.stringify(authored).includes(JSON.stringify(input.edits).slice(1, -1));
    const faster = made.filter(
      (call) => call.name === 'preview_edits' && isNew(call) && gainOf(request, call.id) > LEAST_GAIN,
    );
    const edits = faster.flatMap(({ input }) => input.edits as PlanEdit[]);
    if (edits.length === 0) return say('None of them saves enough.', ['list_proposals', {}]);
    const gains = faster.map((call) => `${(100 * gainOf(request, call.id)).toFixed(1)} %`).join(' and ');
    return say('They do.', [
      'author_edits',
      { edits, reason: `The previews say ${gains} less; no skill proposes it.` },
    ]);
  }
  return say('What is proposed now?', ['list_proposals', {}]);
}

const DECISIONS: ReadonlySet<string> = new Set(['try_proposal', 'author_edits', 'run_gate', 'record_lesson', 'revert']);
/** What an attempt must gain to be kept. */
const LEAST_GAIN = 0.01;

/** Merges of dispatches that lie side by side, which the skills leave apart; the second builds on the first. */
function ideasOf(phase: number, hasAuthored: boolean): readonly (readonly PlanEdit[])[] {
  if (phase !== 4) return [];
  const merge = (dispatches: readonly string[], into: string): PlanEdit[] => [
    { kind: 'merge-dispatches', section: 'prefill', dispatches, into },
  ];
  if (hasAuthored) return [merge(['input_norm_to_k_rope', 'attention_to_output'], 'input_norm_to_output')];
  return [
    merge(['attention', 'o_proj_to_output'], 'attention_to_output'),
    // There is no such dispatch any more: that comes back as a mistake, and costs nothing.
    merge(['up_proj', 'silu_mul'], 'gated'),
  ];
}

interface Call {
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

function callsOf({ messages }: MessagesRequest): readonly Call[] {
  return messages.flatMap((message): Call[] =>
    message.role === 'assistant'
      ? (blocksOf(message).filter(({ type }: WireBlock) => type === 'tool_use') as unknown as Call[])
      : [],
  );
}

function sameEdits(call: Call, name: string, edits: readonly PlanEdit[]): boolean {
  return call.name === name && JSON.stringify(call.input.edits) === JSON.stringify(edits);
}

function itemsOf(request: MessagesRequest, call: string, field: string): readonly unknown[] {
  const shown = JSON.parse(toolResultOf(request, call) ?? '{}') as Record<
    string,
    { readonly shown: readonly unknown[] }
  >;
  return shown[field]?.shown ?? [];
}

/** The part of a prefill that a preview saves; 0 where it did not come to times. */
function gainOf(request: MessagesRequest, call: string): number {
  const text = toolResultOf(request, call) ?? '';
  if (!text.startsWith('{')) return 0;
  const { times } = JSON.parse(text) as { times: { prefillUs: { before: number; after: number } } | null };
  return times === null ? 0 : 1 - times.prefillUs.after / times.prefillUs.before;
}

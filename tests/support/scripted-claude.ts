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
 * What it knows of the deployment is in the messages. It takes what skills propose, the promising first. Then it has ideas of
 * its own: merges that no skill proposes, and other configurations of the kernels, from the registry. It previews them, and
 * authors those that save time.
 */
export function scriptedClaude(request: MessagesRequest): MessagesReply {
  const phase = Number(/^Phase (\d)/m.exec(textOf(request.messages[0] as never))?.[1]);
  const made = callsOf(request);
  const id = `toolu_scripted_${phase}_${String(made.length).padStart(2, '0')}`;
  const { words, calls } = phase < 4 ? runGate('The gate says whether the plan is right as it is.') : next(phase, made);
  return {
    content: [
      { type: 'text', text: words },
      ...calls.map(([name, input], index): ReplyBlock => toolCall(`${id}_${index}`, name, input)),
    ],
  };
}

/** A call that was made, and what it showed; undefined where that was no JSON. */
interface Call {
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: what a tool showed, as JSON
  readonly shown: any;
}

interface Turn {
  readonly words: string;
  readonly calls: readonly (readonly [name: string, input: unknown])[];
}

const SMALL_KERNELS: ReadonlySet<string> = new Set(['add', 'rope', 'rms-norm']);
/** What an attempt must gain to be kept. */
const LEAST_GAIN = 0.01;

function next(phase: number, made: readonly Call[]): Turn {
  const section = phase === 4 ? 'prefill' : 'decode';
  const last = made.at(-1);
  switch (last?.name) {
    case undefined:
      return turn(
        'First where the time goes, and what is known about it.',
        ['show_profile', { section }],
        ['read_skill', { skill: 'multi-kernel-merging' }],
        ['list_proposals', {}],
      );
    case 'list_proposals':
      return proposal(made) ?? merges(phase, made) ?? configurations(section, made) ?? lesson(made) ?? END;
    case 'show_plan':
      return turn(
        'What does the registry know of these kernels at their shapes?',
        ...shapesIn(last).map((query) => ['search_kernels', { ...query, top: 3 }] as const),
      );
    case 'search_kernels':
      return turn('All of them on as few columns as the fast ones have:', [
        'preview_edits',
        { edits: narrower(section, made) },
      ]);
    case 'preview_edits':
      return author(section, made);
    default:
      return turn('What is proposed now?', ['list_proposals', {}]);
  }
}

function proposal(made: readonly Call[]): Turn | null {
  const proposals: readonly { id: string; expectedGainUs: number | null }[] = made.at(-1)?.shown.proposals.shown;
  const tried = new Set(callsTo('try_proposal', made).map(({ input }) => input.proposal));
  const found = proposals.find((one) => !tried.has(one.id));
  if (found === undefined) return null;
  const gain = found.expectedGainUs === null ? 'something' : `${found.expectedGainUs.toFixed(0)} µs`;
  const reason = `It promises ${gain}, the most of what is left.`;
  return turn('The most promising of them.', ['try_proposal', { proposal: found.id, reason }]);
}

/** Merges of dispatches that lie side by side, which the skills leave apart; the second builds on the first. */
function merges(phase: number, made: readonly Call[]): Turn | null {
  const merge = (dispatches: readonly string[], into: string): PlanEdit[] => [
    { kind: 'merge-dispatches', section: 'prefill', dispatches, into },
  ];
  const ideas =
    phase !== 4
      ? []
      : callsTo('author_edits', made).length > 0
        ? [merge(['input_norm_to_k_rope', 'attention_to_output'], 'input_norm_to_output')]
        : [
            merge(['attention', 'o_proj_to_output'], 'attention_to_output'),
            // There is no such dispatch any more: that is said, and costs nothing.
            merge(['up_proj', 'silu_mul'], 'gated'),
          ];
  const seen = callsTo('preview_edits', made).map(({ input }) => JSON.stringify(input.edits));
  const unseen = ideas.filter((edits) => !seen.includes(JSON.stringify(edits)));
  if (unseen.length === 0) return null;
  return turn(
    'No skill has more to propose. Are there merges that none of them thinks of?',
    ...unseen.map((edits) => ['preview_edits', { edits }] as const),
  );
}

/** Smaller herds for the small kernels, once in a phase: what a dispatch loads less of, it begins sooner. */
function configurations(section: string, made: readonly Call[]): Turn | null {
  if (callsTo('search_kernels', made).length > 0) return null;
  return turn('And which kernels are there?', ['show_plan', { section }]);
}

function lesson(made: readonly Call[]): Turn | null {
  const authored = callsTo('author_edits', made);
  if (authored.length === 0 || callsTo('record_lesson', made).length > 0) return null;
  return turn('That is worth knowing the next time.', [
    'record_lesson',
    {
      lesson: 'Where skills have no more to propose, merges and configurations of one’s own still save time.',
      evidence: authored.map(({ input }) => String(input.reason)),
    },
  ]);
}

function author(section: string, made: readonly Call[]): Turn {
  const tried = JSON.stringify(callsTo('author_edits', made).map(({ input }) => input.edits));
  const found = callsTo('preview_edits', made).filter(
    ({ input, shown }) =>
      gainOf(section, shown) > LEAST_GAIN && !tried.includes(JSON.stringify(input.edits).slice(1, -1)),
  );
  if (found.length === 0) return turn('None of them saves enough.', ['list_proposals', {}]);
  const gains = found.map(({ shown }) => `${(100 * gainOf(section, shown)).toFixed(1)} %`).join(' and ');
  const edits = found.flatMap(({ input }) => input.edits as PlanEdit[]);
  return turn('They do.', ['author_edits', { edits, reason: `By preview ${gains} less; no skill proposes it.` }]);
}

interface Query {
  readonly kernel: string;
  readonly shape: Readonly<Record<string, number>>;
}

interface ShownLaunch {
  readonly launch: string;
  readonly kernel: { readonly name: string; readonly version: number } & Pick<Query, 'shape'> & {
      readonly config: unknown;
    };
}

/** The small kernels of a plan that was shown: kernel and shape of each, once. */
function shapesIn({ shown }: Call): readonly Query[] {
  const queries = launchesIn(shown).map(({ kernel: { name, shape } }) => JSON.stringify({ kernel: name, shape }));
  return [...new Set(queries)].map((text) => JSON.parse(text) as Query);
}

function launchesIn(shown: {
  readonly steps: { readonly shown: readonly { launches: readonly ShownLaunch[] }[] };
}): readonly ShownLaunch[] {
  return shown.steps.shown
    .flatMap(({ launches }) => launches)
    .filter(({ kernel: { name } }) => SMALL_KERNELS.has(name));
}

/** For every small kernel of the plan shown last, of the fast configurations the one with the fewest columns, if it is another. */
function narrower(section: string, made: readonly Call[]): PlanEdit[] {
  const best = new Map(
    callsTo('search_kernels', made).map(({ input, shown }) => [
      JSON.stringify([input.kernel, input.shape]),
      narrowest(shown?.configurations.shown ?? []),
    ]),
  );
  return launchesIn(callsTo('show_plan', made).at(-1)?.shown).flatMap(({ launch, kernel }): PlanEdit[] => {
    const { name, version, shape } = kernel;
    const config = best.get(JSON.stringify([name, shape]));
    if (config === undefined || JSON.stringify(config) === JSON.stringify(kernel.config)) return [];
    const reference = {
      origin: 'registry',
      name,
      version,
      shape,
      config,
      basis: { kind: 'edited', by: 'agent' },
    } as const;
    return [{ kind: 'set-kernel', section: section as 'prefill' | 'decode', launch, kernel: reference }];
  });
}

type Config = Readonly<Record<string, number | string | boolean>>;

function narrowest(ranking: readonly { readonly config: Config }[]): Config | undefined {
  const columns = ({ config }: { readonly config: Config }): number => Number(config.herdColumns);
  return [...ranking].sort((a, b) => columns(a) - columns(b))[0]?.config;
}

/** The part of the section's time that a preview saves; 0 where it did not come to times. */
function gainOf(section: string, shown: Call['shown']): number {
  const times = shown?.times?.[section === 'prefill' ? 'prefillUs' : 'tokenUs'];
  return times === undefined ? 0 : 1 - times.after / times.before;
}

function callsTo(name: string, made: readonly Call[]): readonly Call[] {
  return made.filter((call) => call.name === name);
}

function callsOf(request: MessagesRequest): readonly Call[] {
  const blocks = request.messages.flatMap((message) => (message.role === 'assistant' ? blocksOf(message) : []));
  return blocks
    .filter(({ type }: WireBlock) => type === 'tool_use')
    .map((block) => {
      const { id, name, input } = block as unknown as Omit<Call, 'shown'>;
      const text = toolResultOf(request, id) ?? '';
      return { id, name, input, shown: text.startsWith('{') ? JSON.parse(text) : undefined };
    });
}

function turn(words: string, ...calls: Turn['calls']): Turn {
  return { words, calls };
}

function runGate(words: string): Turn {
  return turn(words, ['run_gate', {}]);
}

const END: Turn = runGate('Nothing is left that is worth trying.');

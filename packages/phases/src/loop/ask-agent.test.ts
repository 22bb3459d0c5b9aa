import {
  type Agent,
  type AgentUsage,
  type DecideOptions,
  type Decision,
  NO_USAGE,
  type Observation,
  TilewrightError,
} from '@tilewright/spec';
import { describe, expect, it, vi } from 'vitest';
import type { NewIssue } from '../workspace/journal.ts';
import type { AgentSession, SessionEvent } from './agent-session.ts';
import { type AgentRequest, type AgentView, type Asked, askAgent } from './ask-agent.ts';

const VIEW = {
  ...{ steps: [], plan: {}, profile: null, failure: null },
  reports: [],
  attempts: [],
  proposals: [],
  findings: [],
};
const GATE: Decision = { kind: 'run-gate' };
const USAGE: AgentUsage = { ...NO_USAGE, requests: 1, inputTokens: 60 };
const TOKENS = 100;

interface World {
  readonly request: AgentRequest;
  readonly events: SessionEvent[];
  readonly issues: NewIssue[];
}

/** An agent with a budget of tokens, and of time if there is one. */
function world(decide: Agent['decide'], changes: Partial<AgentSession> = {}, signal?: AbortSignal): World {
  const events: SessionEvent[] = [];
  const issues: NewIssue[] = [];
  const used = (): number =>
    events.reduce((sum, event) => sum + (event.kind === 'usage' ? event.usage.inputTokens : 0), 0);
  const session: AgentSession = {
    limit: () => (used() >= TOKENS ? 'used up' : null),
    remaining: () => ({ tokens: TOKENS - used() }),
    instruments: () => ({ skills: [], preview: async () => ({ kind: 'impossible', reason: 'no' }) }),
    entries: () => [{ kind: 'message', phase: 1, message: 'before' }],
    record: async (event) => void events.push(event),
    ended: () => {},
    ...changes,
  };
  const request: AgentRequest = {
    ...{ phase: 1, device: {} as never, agent: { specificationVersion: 'v1', id: 'a', decide }, instruction: null },
    ...{ lessons: [], origin: {} as never, onStep: () => {}, session },
    onIssue: async (issue) => void issues.push(issue),
    ...(signal && { signal }),
  };
  return { request, events, issues };
}
const ask = ({ request }: World): Promise<Asked> => askAgent(request, VIEW as unknown as AgentView, 0);
const never = (): Promise<never> => new Promise(() => {});
type Decide = (observation: Observation, options: DecideOptions) => Promise<Decision>;
const withOptions =
  (decide: Decide): Agent['decide'] =>
  (observation, options) =>
    decide(observation, options ?? {});

describe('askAgent', () => {
  it('lends instruments, the conversation and what is left, and writes down what is said', async () => {
    let seen: DecideOptions = {};
    const made = world(
      withOptions(async (_, options) => {
        seen = options;
        await options.conversation?.append({ role: 'assistant', text: 'hm' });
        await options.onUsage?.(USAGE);
        expect(await options.instruments?.preview([])).toEqual({ kind: 'impossible', reason: 'no' });
        return GATE;
      }),
    );
    expect(await ask(made)).toEqual({ kind: 'decision', decision: GATE });
    expect(seen.conversation?.entries).toHaveLength(1);
    expect(seen.remaining).toEqual({ tokens: 100 });
    expect(made.events.map(({ kind }) => kind)).toEqual(['message', 'usage', 'decision']);

    // The decision is made: nothing of it may be used any more.
    const late = { code: 'usage', message: expect.stringContaining('has been made') };
    await expect(seen.conversation?.append('late')).rejects.toMatchObject(late);
    await expect(seen.onUsage?.(USAGE)).rejects.toMatchObject(late);
    await expect(seen.instruments?.preview([])).rejects.toMatchObject(late);
    expect(made.events).toHaveLength(3);
  });

  it('does not ask at a limit', async () => {
    const decide = vi.fn(async () => GATE);
    expect(await ask(world(decide, { limit: () => 'used up' }))).toEqual({ kind: 'limit', reason: 'used up' });
    expect(decide).not.toHaveBeenCalled();
  });

  it('stops a decision whose usage reaches a limit, but takes one that is made all the same', async () => {
    const talks = withOptions(async (_, options) => {
      for (;;) {
        await options.onUsage?.(USAGE);
        if (options.signal?.aborted) throw options.signal.reason;
      }
    });
    const stopped = world(talks);
    expect(await ask(stopped)).toEqual({ kind: 'limit', reason: 'used up' });
    expect(stopped.events).toHaveLength(2);

    const paid = withOptions(async (_, options) => {
      for (let request = 0; request < 2; request++) await options.onUsage?.(USAGE);
      expect(options.signal?.aborted).toBe(true);
      return GATE;
    });
    expect(await ask(world(paid))).toEqual({ kind: 'decision', decision: GATE });
  });

  it('stops a decision at the end of its time, also one that does not listen', async () => {
    const begun = performance.now();
    const session = {
      limit: () => (performance.now() - begun >= 20 ? 'too long' : null),
      remaining: () => ({ wallMs: Math.max(0, 20 - (performance.now() - begun)) }),
    };
    expect(await ask(world(never, session))).toEqual({ kind: 'limit', reason: 'too long' });
  });

  it('leaves an abort of the user what it is', async () => {
    const user = new AbortController();
    const listens = withOptions(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
          user.abort();
        }),
    );
    await expect(ask(world(listens, {}, user.signal))).rejects.toMatchObject({ code: 'aborted' });
    await expect(ask(world(never, {}, AbortSignal.abort()))).rejects.toMatchObject({ code: 'aborted' });
    const itself = world(() => Promise.reject(new TilewrightError('aborted', 'not by the user', '')));
    expect(await ask(itself)).toEqual({ kind: 'nonsense' });
  });

  it('ends the run where the agent says that it cannot go on', async () => {
    const failure = new TilewrightError('agent-failed', 'The service refuses the key.', 'Set another.');
    await expect(ask(world(() => Promise.reject(failure)))).rejects.toBe(failure);
    // At a limit it is the limit that counts.
    const atLimit = withOptions(async (_, options) => {
      for (let request = 0; request < 2; request++) await options.onUsage?.(USAGE);
      throw failure;
    });
    expect(await ask(world(atLimit))).toEqual({ kind: 'limit', reason: 'used up' });
  });

  it.each<[string, Agent['decide']]>([
    ['throws', () => Promise.reject(new Error('a\nbug'))],
    [
      'throws at once',
      () => {
        throw new Error('a bug');
      },
    ],
    ['throws nothing', () => Promise.reject(undefined)],
    [
      'throws what looks as if it were ours and is not',
      () =>
        Promise.reject(
          new Proxy(
            {},
            {
              has: () => {
                throw new Error('gotcha');
              },
            },
          ),
        ),
    ],
    ['answers what cannot be read', async () => new Proxy({}, { ownKeys: () => ['a', 'a'] }) as never],
    ['answers another thing', async () => 'yes' as never],
    [
      'says what no transcript can hold',
      withOptions(async (_, options) => {
        await options.conversation?.append(1n as never);
        return GATE;
      }),
    ],
    [
      'claims a usage that is none',
      withOptions(async (_, options) => {
        await options.onUsage?.({ ...USAGE, inputTokens: -5 });
        return GATE;
      }),
    ],
  ])('makes nonsense of an agent that %s', async (_, decide) => {
    const made = world(decide);
    expect(await ask(made)).toEqual({ kind: 'nonsense' });
    expect(made.events).toEqual([{ kind: 'nonsense', problem: expect.not.stringContaining('\n') }]);
    expect(made.issues).toMatchObject([{ mustAct: 'author of the agent' }]);
  });

  it('fails where what is said cannot be written, even if the agent does not mind', async () => {
    const full = new TilewrightError('file-unwritable', 'No space left.', 'Make room.');
    const record = (event: SessionEvent): Promise<void> =>
      event.kind === 'message' ? Promise.reject(full) : Promise.resolve();
    const careless = withOptions(async (_, options) => {
      void options.conversation?.append('hm')?.catch(() => {});
      return GATE;
    });
    await expect(ask(world(careless, { record }))).rejects.toBe(full);
  });
});

import {
  type AgentUsage,
  type DecideOptions,
  type Instruments,
  type Observation,
  type Plan,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { agentUsageSchema, transcriptEntrySchema } from '@tilewright/spec/schemas';
import { oneLine, plainJson, thrownText } from '../transcript/plain-json.ts';
import type { AgentSession } from './agent-session.ts';
import type { AgentRequest } from './ask-agent.ts';

export type AgentAnswer =
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'thrown'; readonly problem: string }
  | { readonly kind: 'limit'; readonly reason: string };

/** How long an agent that is told to stop may take to do so. */
const GRACE_MS = 2000;
/** The longest time that a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A turn of a language model with everything it was shown. */
const MAX_MESSAGE = 32_000_000;

/**
 * Lets the agent decide, until it does or is stopped: by the user, by a limit that what it uses reaches, or by the clock.
 * An answer that comes although a limit was reached on the way counts: it is paid for. Throws `aborted`, `agent-failed`,
 * and what writing down what the agent says throws.
 */
export async function callAgent(request: AgentRequest, observation: Observation, plan: Plan): Promise<AgentAnswer> {
  const { agent, session, signal } = request;
  const stop = new AbortController();
  const call = new OpenCall(session, stop);
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const left = session?.remaining().wallMs;
  // A timer may be early by a millisecond, and then the limit would not be reached.
  const timer = left === undefined ? undefined : setTimeout(() => stop.abort(), Math.min(left + 2, MAX_TIMER_MS));
  const deciding: Promise<AgentAnswer> = (async () => agent.decide(observation, call.options(plan)))().then(
    (value) => ({ kind: 'answer', value }),
    (error: unknown) => {
      if (isAgentFailed(error) && !stop.signal.aborted) throw error;
      return { kind: 'thrown', problem: `the agent failed: ${thrownText(error)}` };
    },
  );
  const stopped = afterGrace(stop.signal);
  try {
    const answer = await Promise.race([deciding, stopped.promise]);
    if (answer?.kind === 'answer') return answer;
    throwIfAborted(signal);
    if (stop.signal.aborted) return { kind: 'limit', reason: session?.limit() ?? 'A limit was reached.' };
    return answer ?? { kind: 'thrown', problem: 'the agent did not answer' };
  } finally {
    clearTimeout(timer);
    stopped.cancel();
    signal?.removeEventListener('abort', onAbort);
    deciding.catch(() => {});
    await call.close();
  }
}

/** What one decision may use, for as long as it lasts. */
class OpenCall {
  readonly #session: AgentSession | undefined;
  readonly #stop: AbortController;
  #isOver = false;
  /** Of writing something down: an agent may swallow it, the run must not. */
  #failure: { readonly error: unknown } | null = null;
  #pending: Promise<unknown> = Promise.resolve();

  constructor(session: AgentSession | undefined, stop: AbortController) {
    this.#session = session;
    this.#stop = stop;
  }

  options(plan: Plan): DecideOptions {
    const session = this.#session;
    const { signal } = this.#stop;
    if (session === undefined) return { signal };
    return {
      signal,
      instruments: this.#instruments(session.instruments(plan)),
      conversation: {
        get entries() {
          return session.entries();
        },
        append: (message) => this.#append(session, message),
      },
      onUsage: (usage) => this.#use(session, usage),
      remaining: session.remaining(),
    };
  }

  /** Nothing is written any more; throws what could not be. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#pending;
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #append(session: AgentSession, message: unknown): Promise<void> {
    const json = plainJson(message, MAX_MESSAGE);
    if (!json.ok) throw misuse(`A message for the transcript ${json.problem}.`);
    // As it will be read again, without what no reader takes.
    const read = transcriptEntrySchema.safeParse({ kind: 'message', phase: 0, message: json.value });
    if (!read.success || read.data.kind !== 'message') throw misuse('A message for the transcript cannot be read.');
    await this.#write(session, { kind: 'message', message: read.data.message });
  }

  async #use(session: AgentSession, usage: unknown): Promise<void> {
    const json = plainJson(usage, MAX_MESSAGE);
    const parsed = json.ok ? agentUsageSchema.safeParse(json.value) : null;
    if (!parsed?.success) {
      const issue = parsed?.error.issues[0];
      throw misuse(`A usage that an agent reports has an unusable ${issue?.path.join('.') || 'content'}.`);
    }
    await this.#write(session, { kind: 'usage', usage: parsed.data as AgentUsage });
    const limit = session.limit();
    if (limit !== null) this.#stop.abort(new Error(limit));
  }

  async #write(session: AgentSession, event: Parameters<AgentSession['record']>[0]): Promise<void> {
    this.#requireOpen();
    const written = session.record(event);
    this.#pending = Promise.all([this.#pending, written.catch((error) => this.#fail(error))]);
    await written;
  }

  #instruments({ skills, preview, searchKernels }: Instruments): Instruments {
    const open = <Arguments extends readonly unknown[], Result>(
      tool: (...given: Arguments) => Promise<Result>,
    ): ((...given: Arguments) => Promise<Result>) => {
      return async (...given) => {
        this.#requireOpen();
        return tool(...given);
      };
    };
    return { skills, preview: open(preview), ...(searchKernels && { searchKernels: open(searchKernels) }) };
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  #requireOpen(): void {
    if (this.#isOver) throw misuse('The decision that this was given for has been made.');
  }
}

function misuse(problem: string): TilewrightError {
  return new TilewrightError('usage', oneLine(problem), 'Correct the agent.');
}

/** Resolves with null some time after the signal. */
function afterGrace(signal: AbortSignal): { readonly promise: Promise<null>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let begin = (): void => {};
  const promise = new Promise<null>((resolve) => {
    begin = () => {
      timer = setTimeout(() => resolve(null), GRACE_MS);
    };
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true });
  });
  const cancel = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', begin);
  };
  return { promise, cancel };
}

function isAgentFailed(error: unknown): boolean {
  try {
    return (
      TilewrightError.isInstance(error) &&
      error.code === 'agent-failed' &&
      typeof error.message === 'string' &&
      typeof error.remedy === 'string'
    );
  } catch {
    return false;
  }
}

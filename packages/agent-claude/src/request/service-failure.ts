import { AnthropicError, APIConnectionError, APIError } from '@anthropic-ai/sdk';
import { TilewrightError } from '@tilewright/spec';

/** What a failed request means for the next one. */
export type ServiceFailure =
  /** Worth another try, after so long as the service asks for, if it does. */
  | { readonly kind: 'passing'; readonly problem: string; readonly waitMs: number | null }
  /** The conversation is longer than the model takes. */
  | { readonly kind: 'too-long'; readonly problem: string }
  | { readonly kind: 'final'; readonly error: TilewrightError };

const PASSING_STATUS: ReadonlySet<number> = new Set([408, 409, 425, 429]);
/** Errors that come within a stream have no status of their own. */
const FINAL_TYPES: ReadonlySet<string> = new Set([
  ...['invalid_request_error', 'authentication_error', 'permission_error', 'not_found_error', 'billing_error'],
]);
const TOO_LONG =
  /prompt is too long|too many (input )?tokens|exceeds? the (model's )?(maximum )?context|context (window|limit)/i;

/** Sorts what the SDK threw. None of it is passed on: its errors carry headers. `clean` takes secrets out of words. */
export function serviceFailure(error: unknown, model: string, clean: (text: string) => string): ServiceFailure {
  const problem = clean(problemOf(error));
  if (error instanceof APIError && !(error instanceof APIConnectionError)) {
    const { status, type, headers } = error;
    const retry = headers?.get('x-should-retry');
    if (status === 413 || (status === 400 && TOO_LONG.test(problem))) return { kind: 'too-long', problem };
    const isPassing =
      retry === 'true' ||
      (retry !== 'false' &&
        (status === undefined ? !FINAL_TYPES.has(type ?? '') : PASSING_STATUS.has(status) || status >= 500));
    if (isPassing) return { kind: 'passing', problem, waitMs: retryAfterMs(headers) };
    return { kind: 'final', error: finalError(status, type, problem, model) };
  }
  if (error instanceof AnthropicError) return { kind: 'passing', problem, waitMs: null };
  return { kind: 'final', error: new TilewrightError('internal', `The agent failed: ${problem}.`, REPORT) };
}

/** The service has not answered although it was asked again and again. */
export function unreachable(problem: string, tries: number, host: string): TilewrightError {
  return failed(
    `The Messages API at ${host} did not answer in ${tries} tries; the last: ${problem}.`,
    'Run the same command once the service answers: it goes on from here.',
    {},
  );
}

export function missingKey(): TilewrightError {
  return failed(
    'The agent claude has no key for the Messages API.',
    'Set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN) in the environment, or deploy with --agent rules.',
    {},
  );
}

/** The conversation cannot be made short enough. */
export function tooLong(problem: string): TilewrightError {
  return failed(
    `What the agent would have to say is longer than the model takes: ${problem}.`,
    'Choose a model with a larger context by --agent-model; the same command goes on from here.',
    {},
  );
}

const REPORT = 'Report it: this is a bug in Tilewright.';

function finalError(status: number | undefined, type: string | null, problem: string, model: string): TilewrightError {
  const details = { ...(status !== undefined && { status }), ...(type !== null && { type }) };
  switch (status) {
    case 401:
      return failed(
        `The Messages API does not accept the key: ${problem}.`,
        'Check ANTHROPIC_API_KEY in the environment; the same command goes on from here.',
        details,
      );
    case 403:
      return failed(
        `The Messages API does not allow this with the key: ${problem}.`,
        `Use an ANTHROPIC_API_KEY whose workspace may use ${model}; the same command goes on from here.`,
        details,
      );
    case 402:
      return failed(
        `The Messages API wants to be paid first: ${problem}.`,
        'Add credit to the account of ANTHROPIC_API_KEY; the same command goes on from here.',
        details,
      );
    default:
      return failed(
        `The Messages API refuses the request: ${problem}.`,
        status === 404 || /model/i.test(problem)
          ? `Choose a model that there is by --agent-model (it is ${model}); the same command goes on from here.`
          : `Check --agent-model and --agent-effort (the model is ${model}), or deploy with --agent rules.`,
        details,
      );
  }
}

function failed(message: string, remedy: string, details: Readonly<Record<string, unknown>>): TilewrightError {
  return new TilewrightError('agent-failed', message.replace(/\.\.$/, '.'), remedy, details);
}

/** In one line, with the causes that a failed connection has. */
function problemOf(error: unknown): string {
  const words: string[] = [];
  for (let at: unknown = error; at instanceof Error && words.length < 4; at = at.cause) {
    const text = at instanceof APIError && at.apiMessage !== null ? statusLine(at) : at.message;
    if (text !== '' && !words.some((word) => word.includes(text))) words.push(text);
  }
  const line = words.join(': ').replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line === '' ? 'it says nothing' : line.length > 300 ? `${line.slice(0, 300)} …` : line;
}

function statusLine({ status, apiMessage, type }: APIError): string {
  return `${[status, type].filter((part) => part !== undefined && part !== null).join(' ')}: ${apiMessage}`;
}

function retryAfterMs(headers: Headers | undefined): number | null {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (ms > 0) return ms;
  const after = headers?.get('retry-after') ?? '';
  const seconds = Number.parseFloat(after);
  const wait = Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000;
  return wait > 0 ? wait : null;
}

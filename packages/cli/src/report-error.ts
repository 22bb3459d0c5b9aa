import { CompileError, TilewrightError } from '@tilewright/spec';
import { type ExitStatus, exitStatusOf } from './exit-status.ts';
import { Interruption } from './terminal/interruption.ts';
import { toJson } from './terminal/json.ts';
import { styleFor } from './terminal/style.ts';
import type { Surroundings } from './terminal/surroundings.ts';
import { wrapText } from './terminal/table.ts';

const WIDTH = 100;
/** A plan that does not fit at all may break hundreds of limits; `--json` has them all. */
const SHOWN_DIAGNOSTICS = 8;

/**
 * Says once, clearly, what ended a command: code, what was wrong, what to do; as JSON on stdout with
 * `--json`. A stack trace only with TILEWRIGHT_DEBUG=1. Returns the exit status.
 */
export function reportError(error: unknown, json: boolean, surroundings: Surroundings): ExitStatus {
  const { stdout, stderr, environment, signal } = surroundings;
  const known = asTilewrightError(error, signal);
  if (json) {
    const { code, message, remedy, details } = known;
    stdout.write(`${toJson({ error: { code, message, remedy, details } })}\n`);
  } else {
    const style = styleFor(stderr, environment);
    const [first = '', ...rest] = wrapText(`error (${known.code}): ${known.message}`, WIDTH);
    stderr.write(
      `${[style.bad(first), ...rest, ...diagnosticLines(error), ...wrapText(known.remedy, WIDTH)].join('\n')}\n`,
    );
  }
  if (environment.TILEWRIGHT_DEBUG === '1') stderr.write(`${stackOf(error)}\n`);
  return signal.aborted && signal.reason instanceof Interruption ? signal.reason.exitStatus : exitStatusOf(known);
}

function asTilewrightError(error: unknown, signal: AbortSignal): TilewrightError {
  if (signal.aborted) {
    return new TilewrightError('aborted', 'The work was stopped.', 'Run the same command again to continue.');
  }
  if (TilewrightError.isInstance(error)) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new TilewrightError(
    'internal',
    what === '' ? 'Something went wrong that should not.' : what,
    'This is a bug in Tilewright: please report it, with the output of the same command under TILEWRIGHT_DEBUG=1.',
    {},
    { cause: error },
  );
}

function diagnosticLines(error: unknown): string[] {
  if (!(error instanceof CompileError)) return [];
  const shown = error.diagnostics.slice(0, SHOWN_DIAGNOSTICS);
  const left = error.diagnostics.length - shown.length;
  return [
    ...shown.map(({ code, dispatch, message }) => `  ${dispatch}: ${code}: ${message}`),
    ...(left > 0 ? [`  and ${left} more; --json lists all of them`] : []),
  ];
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

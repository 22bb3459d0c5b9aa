import { EXIT_STATUS, type ExitStatus } from '../exit-status.ts';

/** Why a run was stopped from outside; the reason of the signal that `onInterruption` gives. */
export class Interruption extends Error {
  override readonly name: string = 'Interruption';
  override readonly cause: 'SIGINT' | 'SIGTERM' | 'EPIPE';

  constructor(cause: Interruption['cause']) {
    super(cause === 'EPIPE' ? 'Nobody reads the output any more.' : `Stopped by ${cause}.`);
    this.cause = cause;
  }

  get exitStatus(): ExitStatus {
    return this.cause === 'SIGTERM' ? EXIT_STATUS.terminated : EXIT_STATUS.interrupted;
  }
}

/**
 * A signal that is aborted by Ctrl-C, by SIGTERM, or when whoever read our output went away. What runs
 * stops at its next step and closes what it has open; a second Ctrl-C does not wait for that.
 */
export function interruptionSignal(of: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  const stop = (cause: Interruption['cause']): void => {
    if (controller.signal.aborted && cause !== 'EPIPE') of.exit(new Interruption(cause).exitStatus);
    controller.abort(new Interruption(cause));
  };
  of.on('SIGINT', () => stop('SIGINT'));
  of.on('SIGTERM', () => stop('SIGTERM'));
  for (const stream of [of.stdout, of.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      stop('EPIPE');
    });
  }
  return controller.signal;
}

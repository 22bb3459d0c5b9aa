import type { CommandContext } from '../command-context.ts';
import type { ExitStatus } from '../exit-status.ts';
import { type Outcome, writeOutcome } from '../outcome.ts';
import { plainProgress } from '../progress/plain-progress.ts';
import type { Progress } from '../progress/progress.ts';
import { terminalProgress } from '../progress/terminal-progress.ts';
import { styleFor } from '../terminal/style.ts';
import type { Surroundings } from '../terminal/surroundings.ts';

/** Runs a command with progress on stderr, writes its outcome to stdout, and keeps its exit status. */
export type Runner = (
  flags: { readonly json?: boolean },
  command: (context: CommandContext) => Promise<Outcome>,
) => Promise<void>;

export function runner(surroundings: Surroundings, setExitStatus: (status: ExitStatus) => void): Runner {
  return async ({ json = false }, command) => {
    const progress = progressFor(surroundings, json);
    let outcome: Outcome;
    try {
      outcome = await command({ surroundings, progress, signal: surroundings.signal });
    } finally {
      progress.end();
    }
    writeOutcome(outcome, json, surroundings);
    setExitStatus(outcome.exitStatus);
  };
}

/** On stderr always: one line that moves for a person at a terminal, finished lines for files and programs. */
function progressFor({ stderr, environment }: Surroundings, json: boolean): Progress {
  if (!json && stderr.isTTY === true && environment.TERM !== 'dumb') {
    return terminalProgress(stderr, styleFor(stderr, environment));
  }
  // `deploy` reads what the evaluator in its child process does.
  return environment.TILEWRIGHT_PROGRESS === 'steps' ? plainProgress(stderr, 0) : plainProgress(stderr);
}

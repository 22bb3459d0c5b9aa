import { TilewrightError } from '@tilewright/spec';
import { CommanderError } from 'commander';
import { EXIT_STATUS, type ExitStatus } from './exit-status.ts';
import { buildProgram } from './program/program.ts';
import { reportError } from './report-error.ts';
import { processSurroundings, type Surroundings } from './terminal/surroundings.ts';

/**
 * Runs `tilewright` with these arguments (without the name of the program) and returns its exit status.
 * Streams, directory, environment and signal are those of the process unless given. Never throws and never ends
 * the process.
 */
export async function runCli(args: readonly string[], given: Partial<Surroundings> = {}): Promise<ExitStatus> {
  const surroundings = processSurroundings(given);
  let exitStatus: ExitStatus = EXIT_STATUS.done;
  const program = buildProgram(surroundings, (status) => {
    exitStatus = status;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitStatus;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_STATUS.done;
    return reportError(asUsageError(error), asksForJson(args), surroundings);
  }
}

/** Needed before and beside parsing: what could not be parsed is reported in the form that was asked for. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).includes('--json');
}

/** What commander objects to, as an error of ours. */
function asUsageError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.code === 'commander.help') {
    return new TilewrightError('usage', 'There is no command.', 'Run `tilewright --help` to see what there is.');
  }
  return new TilewrightError(
    'usage',
    error.message.replace(/^error: /, ''),
    'Run the command with --help to see what it takes.',
  );
}

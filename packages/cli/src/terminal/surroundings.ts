import type { Readable, Writable } from 'node:stream';

/** What a command may know of where it runs. Nothing else in Tilewright reads the process or its environment. */
export interface Surroundings {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** How the user calls us, to be written in suggestions: `tilewright`, `npx tilewright`. */
  readonly commandName: string;
  /** Aborted by Ctrl-C: what runs closes what it has open, and can be run again. */
  readonly signal: AbortSignal;
}

export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Those of this process; whatever is given takes precedence. */
export function processSurroundings(given: Partial<Surroundings> = {}): Surroundings {
  return {
    cwd: process.cwd(),
    environment: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    commandName: 'tilewright',
    signal: new AbortController().signal,
    ...given,
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { ExitStatus } from '../exit-status.ts';
import { runCli } from '../run-cli.ts';
import type { Surroundings } from '../terminal/surroundings.ts';
import { REPOSITORY } from './repository.ts';

export interface CapturedRun {
  readonly exitStatus: ExitStatus;
  readonly stdout: string;
  readonly stderr: string;
  /** The one JSON document on stdout; throws if there is anything else. */
  json(): any;
}

export class Capture extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.text += chunk.toString();
    callback();
  }
}

/** Lessons of one test file, so that no test teaches another file's or the user's deployments. */
const LESSONS: string = mkdtempSync(join(tmpdir(), 'tilewright-cli-home-'));
process.once('exit', () => rmSync(LESSONS, { recursive: true, force: true }));

/** Runs the command line in this process, in the repository's directory, not on a terminal. */
export async function captured(args: readonly string[], given: Partial<Surroundings> = {}): Promise<CapturedRun> {
  const stdout = new Capture();
  const stderr = new Capture();
  const exitStatus = await runCli(args, {
    cwd: REPOSITORY,
    environment: { TILEWRIGHT_HOME: LESSONS },
    stdin: Readable.from([]),
    stdout,
    stderr,
    ...given,
  });
  return { exitStatus, stdout: stdout.text, stderr: stderr.text, json: () => JSON.parse(stdout.text) };
}

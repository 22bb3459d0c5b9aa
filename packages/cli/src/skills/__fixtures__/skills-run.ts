import { Readable } from 'node:stream';
import { Command } from 'commander';
import { Capture } from '../../__fixtures__/captured-run.ts';
import type { ExitStatus } from '../../exit-status.ts';
import { runner } from '../../program/runner.ts';
import { reportError } from '../../report-error.ts';
import { processSurroundings } from '../../terminal/surroundings.ts';
import { addSkills } from '../add-skills.ts';

export interface SkillsRun {
  readonly exitStatus: ExitStatus;
  readonly stdout: string;
  json(): any;
}

/** Runs `tilewright skills …` in this process, in a directory. */
export async function skillsRun(args: readonly string[], cwd: string): Promise<SkillsRun> {
  const [stdout, stderr] = [new Capture(), new Capture()];
  const surroundings = processSurroundings({ cwd, environment: {}, stdin: Readable.from([]), stdout, stderr });
  let exitStatus: ExitStatus = 0;
  const program = new Command('tilewright').exitOverride();
  addSkills(
    program,
    runner(surroundings, (status) => {
      exitStatus = status;
    }),
  );
  try {
    await program.parseAsync(['skills', ...args], { from: 'user' });
  } catch (error) {
    exitStatus = reportError(error, args.includes('--json'), surroundings);
  }
  return { exitStatus, stdout: stdout.text, json: () => JSON.parse(stdout.text) };
}

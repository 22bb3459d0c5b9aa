import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireBuilt } from './__fixtures__/built-bin.ts';
import { GOLDENS, REPOSITORY, temporaryDirectory } from './__fixtures__/repository.ts';

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly process: ReturnType<typeof spawn>;
  readonly ended: Promise<Ended>;
  /** Resolves when stderr has said something that matches. */
  stderrSays(what: RegExp): Promise<void>;
}

function start(args: readonly string[]): Started {
  const child = spawn(process.execPath, [requireBuilt(), ...args], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return {
    process: child,
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))),
    stderrSays: (what) =>
      new Promise((resolve) => {
        child.stderr.on('data', () => what.test(stderr) && resolve());
      }),
  };
}

describe('the tilewright command', { timeout: 60_000 }, () => {
  beforeAll(() => {
    requireBuilt();
  });

  it('prints its version', async () => {
    expect(await start(['--version']).ended).toEqual({ code: 0, signal: null, stdout: '0.1.0\n', stderr: '' });
  });

  it('prints one JSON document, also for an error', async () => {
    const fine = await start(['doctor', '--json']).ended;
    expect(JSON.parse(fine.stdout)).toMatchObject({ healthy: true });
    const wrong = await start(['estimate', '/nowhere', '--json']).ended;
    expect(wrong).toMatchObject({ code: 2, stderr: '' });
    expect(JSON.parse(wrong.stdout).error.code).toBe('file-missing');
  });

  it('prints no colours where there is no terminal', async () => {
    const { stdout, stderr } = await start(['oracle', 'verify', join(GOLDENS, 'mistral')]).ended;
    expect(stdout + stderr).not.toContain('\x1b');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops at %s with %i, leaves nothing half-written, and resumes', async (signal, status) => {
    const out = join(await temporaryDirectory(), 'out');
    const args = ['deploy', 'models/tiny-llama', '--out', out, '--yes'];
    const run = start(args);
    await run.stderrSays(/phase 0 .* passed/);
    run.process.kill(signal);
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stdout }).toEqual({ code: status, stdout: '' });
    expect(stderr).toContain('error (aborted)');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect((await readdir(out)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const resumed = start(args);
    await resumed.stderrSays(/phase 0 .* kept/);
    resumed.process.kill(signal);
    await resumed.ended;
  });

  it('is quiet when nobody reads its output', async () => {
    const run = start(['registry', 'gemm', '--json']);
    run.process.stdout?.destroy();
    expect((await run.ended).stderr).toBe('');
  });
});

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';
import { GOLDENS, temporaryDirectory } from '../__fixtures__/repository.ts';

const MODEL = join(GOLDENS, 'llama-mha-tied');
const LENGTHS = ['--prefill-length', '64', '--context-length', '96'];

interface Phase {
  readonly phase: number;
  readonly status: string;
}

/** A deployment that waits after phase 0, begun in a directory of its own. */
async function waiting(flags: readonly string[] = []): Promise<string> {
  const cwd = await temporaryDirectory();
  const run = await captured(['deploy', MODEL, '--out', join(cwd, 'out'), ...LENGTHS, ...flags, '--json'], { cwd });
  expect(run.exitStatus).toBe(3);
  expect(run.json().status).toBe('waiting');
  return cwd;
}

function statusOf(phases: readonly Phase[], phase: number): string | undefined {
  return phases.find((record) => record.phase === phase)?.status;
}

describe('answers to a deployment that waits', { timeout: 60_000 }, () => {
  it('approve goes on to the next checkpoint, and no further', async () => {
    const out = join(await waiting(), 'out');
    const run = await captured(['approve', out, '--json']);
    expect(run.exitStatus).toBe(3);
    const { phases } = run.json();
    expect([0, 1, 2].map((phase) => statusOf(phases, phase))).toEqual(['passed', 'waiting', 'pending']);
  });

  it('reject ends it, with the reason', async () => {
    const out = join(await waiting(), 'out');
    const run = await captured(['reject', out, 'not this model', '--json']);
    expect(run.exitStatus).toBe(1);
    expect(run.json()).toMatchObject({ status: 'failed', reason: expect.stringContaining('not this model') });
  });

  it('redirect gives the agent the words', async () => {
    const cwd = await waiting();
    await writeFile(
      join(cwd, 'listener.mjs'),
      `import { appendFileSync } from 'node:fs';
      export const agent = { specificationVersion: 'v1', id: 'listener', decide: async ({ instruction }) => {
        appendFileSync('${join(cwd, 'heard')}', instruction ?? '-');
        return { kind: 'run-gate' };
      } };`,
    );
    const out = join(cwd, 'out');
    expect((await captured(['approve', out])).exitStatus).toBe(3);
    const run = await captured(['redirect', out, 'look again', '--agent', './listener.mjs', '--json'], { cwd });
    expect(run.exitStatus).toBe(3);
    expect(await readFile(join(cwd, 'heard'), 'utf8')).toContain('look again');
  });

  it('refuses to answer what does not ask', async () => {
    const run = await captured(['approve', await temporaryDirectory(), '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error.code).toBe('workspace-invalid');
  });
});

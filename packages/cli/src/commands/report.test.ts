import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';
import { GOLDENS, temporaryDirectory } from '../__fixtures__/repository.ts';

const MODEL = join(GOLDENS, 'llama-mha-tied');

describe('deploy --dry-run and report', { timeout: 60_000 }, () => {
  it('a dry run says what would be done, and writes nothing', async () => {
    const cwd = await temporaryDirectory();
    const run = await captured(['deploy', MODEL, '--out', 'out', '--dry-run', '--json'], { cwd });
    expect(run.exitStatus).toBe(0);
    expect(run.json()).toMatchObject({ dispatches: { prefill: 15, decode: 14, head: 1 }, agent: 'rules' });
    expect(run.json().phases.map(({ phase }: { phase: number }) => phase)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await readdir(cwd)).toEqual([]);
  });

  it('a dry run refuses what a deployment would', async () => {
    const run = await captured(['deploy', '/nowhere', '--out', 'out', '--dry-run', '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error.code).toBe('file-missing');
  });

  it('the report is one page in the workspace', async () => {
    const cwd = await temporaryDirectory();
    expect((await captured(['deploy', MODEL, '--out', 'out'], { cwd })).exitStatus).toBe(3);
    const run = await captured(['report', 'out', '--json'], { cwd });
    expect(run.exitStatus).toBe(0);
    const page = await readFile(join(cwd, 'out', 'report.html'), 'utf8');
    expect(run.json().bytes).toBe(Buffer.byteLength(page));
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('Build the oracle');
  });
});

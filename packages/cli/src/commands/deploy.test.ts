import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireBuilt } from '../__fixtures__/built-bin.ts';
import { captured } from '../__fixtures__/captured-run.ts';
import { copyModel, GOLDENS, TINY_LLAMA, temporaryDirectory } from '../__fixtures__/repository.ts';
import { SPOILED_MODELS } from '../__fixtures__/spoiled-models.ts';
import { Interruption } from '../terminal/interruption.ts';

const SMALL = join(GOLDENS, 'llama-gqa');

async function newPlace(): Promise<string> {
  return join(await temporaryDirectory(), 'out');
}

describe('deploy', () => {
  beforeAll(requireBuilt);

  it('takes a model through its phases, has it judged, and compares its text with the oracle', {
    timeout: 240_000,
  }, async () => {
    const out = await newPlace();
    const args = ['deploy', 'models/tiny-llama', '--out', out, '--prefill-length', '64', '--context-length', '128'];
    const run = await captured([...args, '--yes', '--json']);
    expect(run.exitStatus).toBe(0);
    const result = run.json();
    expect(result).toMatchObject({ status: 'accepted', reason: null, prefillLength: 64 });
    expect(result.phases.map(({ status }: { status: string }) => status)).toEqual(Array(7).fill('passed'));
    expect(result.evaluation.verdict).toBe('pass');
    for (const { evidence } of result.gates) {
      expect(evidence.madeComparisons).toBe(evidence.plannedComparisons);
      expect(evidence.madeComparisons).toBeGreaterThan(0);
    }
    const { deployed, oracle, firstDifference } = result.text;
    expect(deployed).toMatchObject({ timing: 'estimate', ended: 'max-tokens' });
    expect(deployed.tokens).toHaveLength(32);
    if (firstDifference === null) expect(deployed.tokens).toEqual(oracle.tokens);
    else expect(firstDifference.margin).toBeLessThan(0.5);
    expect(await readdir(out)).toEqual(expect.arrayContaining(result.files));

    const status = (await captured(['status', out, '--json'])).json();
    expect(status).toMatchObject({ status: 'accepted', planDigest: result.planDigest, evaluation: { current: true } });

    const again = await captured([...args, '--yes']);
    expect(again.exitStatus).toBe(0);
    expect(again.stderr.match(/ {2}kept {2}/g)).toHaveLength(7);
    expect(again.stdout).toContain('time to first token');
    expect(again.stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('waits for a human without --yes, and goes on with it', { timeout: 120_000 }, async () => {
    const out = await newPlace();
    const waiting = await captured(['deploy', SMALL, '--out', out]);
    expect(waiting.exitStatus).toBe(3);
    expect(waiting.stdout).toContain('--yes');
    const status = await captured(['status', out, '--json']);
    expect(status).toMatchObject({ exitStatus: 0 });
    expect(status.json()).toMatchObject({ status: 'waiting', evaluation: null });
    const json = await captured(['deploy', SMALL, '--out', out, '--json']);
    expect(json.exitStatus).toBe(3);
    expect(json.json().status).toBe('waiting');
    expect(await captured(['deploy', SMALL, '--out', out, '--yes'])).toMatchObject({ exitStatus: 0 });
  });

  it('stops cleanly and goes on where it was stopped', { timeout: 120_000 }, async () => {
    const out = await newPlace();
    const controller = new AbortController();
    const stderr: string[] = [];
    const running = captured(['deploy', SMALL, '--out', out, '--yes'], { signal: controller.signal });
    for (let i = 0; i < 600 && !(await passedPhases(out)); i++) await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort(new Interruption('SIGINT'));
    const stopped = await running;
    stderr.push(stopped.stderr);
    expect(stopped).toMatchObject({ exitStatus: 130, stdout: '' });
    expect((await readdir(out)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect((await captured(['status', out, '--json'])).json().status).toBe('running');
    const resumed = await captured(['deploy', SMALL, '--out', out, '--yes']);
    expect(resumed.exitStatus).toBe(0);
    expect(resumed.stderr).toMatch(/phase 0 .* kept /);
  });

  it.each(SPOILED_MODELS)('refuses $what and writes nothing', async ({ spoil, code, names }) => {
    const model = await copyModel();
    await spoil(model);
    const out = await newPlace();
    const run = await captured(['deploy', model, '--out', out, '--yes']);
    expect(run).toMatchObject({ exitStatus: 2, stdout: '' });
    expect(run.stderr).toMatch(new RegExp(`^error \\(${code}\\): `));
    expect(run.stderr.replaceAll('\n', ' ')).toContain(names);
    expect(run.stderr).not.toMatch(/^\s+at /m);
    await expect(readdir(out)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['a model that is not there', ['/nowhere/model'], 'file-missing'],
    ['a file in place of a directory', [join(TINY_LLAMA, 'config.json')], 'file-malformed'],
    ['an unknown target', [SMALL, '--target', 'nonesuch'], 'module-unknown'],
    ['an unknown agent', [SMALL, '--agent', 'nonesuch'], 'module-unknown'],
    ['an unknown skill', [SMALL, '--skill', './nonesuch.js'], 'module-unknown'],
    ['a context that the model does not have', [SMALL, '--context-length', '1000000'], 'usage'],
    ['a prefill longer than the context', [SMALL, '--prefill-length', '128', '--context-length', '64'], 'usage'],
    ['a seed that is none', [SMALL, '--seed', '-1'], 'usage'],
  ])('refuses %s and writes nothing', async (_what, args, code) => {
    const out = await newPlace();
    const run = await captured(['deploy', ...args, '--out', out, '--yes', '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error.code).toBe(code);
    await expect(readdir(out)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leaves a directory alone that is not empty and no deployment', async () => {
    const out = await temporaryDirectory();
    await writeFile(join(out, 'thesis.txt'), 'years of work');
    const run = await captured(['deploy', SMALL, '--out', out, '--yes', '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error).toMatchObject({
      code: 'workspace-invalid',
      message: expect.stringContaining('thesis.txt'),
    });
    expect(await readdir(out)).toEqual(['thesis.txt']);
  });
});

describe('a workspace that is broken', () => {
  it.each([
    ['deployment.json', 'cut short', (text: string) => text.slice(0, 40)],
    ['deployment.json', 'of another form', () => '{"specificationVersion":"v1"}'],
    ['plan.json', 'cut short', (text: string) => text.slice(0, text.length / 2)],
    ['plan.json', 'of another form', () => '[]'],
  ])('%s %s: every command says so and changes nothing', { timeout: 60_000 }, async (name, _how, spoil) => {
    const out = await newPlace();
    expect((await captured(['deploy', SMALL, '--out', out])).exitStatus).toBe(3);
    const file = join(out, name);
    await writeFile(file, spoil(await readFile(file, 'utf8')));
    const before = await contents(out);
    for (const args of [
      ['run', out, '--tokens', '1'],
      ['status', out],
      ['evaluate', out],
      ['deploy', SMALL, '--out', out],
    ]) {
      const run = await captured(args);
      expect(run).toMatchObject({ exitStatus: 2, stdout: '' });
      expect(run.stderr).toMatch(/^error \(workspace-invalid\): /);
      expect(run.stderr).toContain(name);
      expect(run.stderr).not.toMatch(/^\s+at /m);
      expect(await contents(out)).toEqual(before);
    }
  });

  it('is named when it is not there at all', async () => {
    for (const command of ['run', 'status', 'evaluate']) {
      const run = await captured([command, '/nowhere/out', '--json']);
      expect(run.exitStatus).toBe(2);
      expect(run.json().error).toMatchObject({
        code: 'workspace-invalid',
        message: expect.stringContaining('/nowhere/out'),
      });
    }
  });

  it('run refuses a plan that is not the one that passed', { timeout: 60_000 }, async () => {
    const out = await newPlace();
    await captured(['deploy', SMALL, '--out', out]);
    const file = join(out, 'plan.json');
    const plan = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...plan, contextLength: plan.contextLength - 1 }));
    const run = await captured(['run', out, '--tokens', '1', '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error).toMatchObject({
      code: 'workspace-invalid',
      message: expect.stringContaining('plan.json'),
    });
  });

  it('run does not load code that only the workspace names', { timeout: 60_000 }, async () => {
    const out = await newPlace();
    await captured(['deploy', SMALL, '--out', out]);
    const file = join(out, 'deployment.json');
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...manifest, target: { id: 'theirs', module: '/tmp/theirs.mjs' } }));
    for (const args of [
      ['run', out, '--tokens', '1'],
      ['evaluate', out],
    ]) {
      const run = await captured([...args, '--json']);
      expect(run.exitStatus).toBe(2);
      expect(run.json().error).toMatchObject({ code: 'usage', remedy: expect.stringContaining('--target') });
    }
  });
});

async function passedPhases(out: string): Promise<boolean> {
  const text = await readFile(join(out, 'deployment.json'), 'utf8').catch(() => '{"phases":[]}');
  return JSON.parse(text).phases.some(({ status }: { status: string }) => status === 'passed');
}

async function contents(directory: string): Promise<Record<string, string>> {
  const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = files.map(async ({ parentPath, name }) => [
    join(parentPath, name),
    await readFile(join(parentPath, name), 'utf8'),
  ]);
  return Object.fromEntries(await Promise.all(texts));
}

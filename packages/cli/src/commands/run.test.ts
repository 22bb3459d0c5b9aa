import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';
import { GOLDENS, TINY_LLAMA, temporaryDirectory } from '../__fixtures__/repository.ts';

/** A deployment that waits after phase 0: its plan is there, and can be run. */
let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'tilewright-cli-run-'));
  const lengths = ['--prefill-length', '64', '--context-length', '96'];
  const { exitStatus } = await captured(['deploy', TINY_LLAMA, '--out', out, ...lengths]);
  expect(exitStatus).toBe(3);
}, 60_000);
afterAll(() => rm(out, { recursive: true, force: true }));

describe('run', { timeout: 60_000 }, () => {
  it('continues a prompt as Hugging Face does', async () => {
    const golden = JSON.parse(await readFile(join(TINY_LLAMA, 'golden.json'), 'utf8'));
    const { text, tokens, greedy } = golden.cases.find(({ name }: { name: string }) => name === 'short');
    const run = await captured(['run', out, '--prompt', text, '--max-tokens', '8', '--json']);
    expect(run.exitStatus).toBe(0);
    const result = run.json();
    expect(result).toMatchObject({ timing: 'estimate', prefillLength: 64, promptTokens: tokens, ended: 'max-tokens' });
    expect(result.tokens).toEqual(greedy.slice(0, 8));
    expect(result.timeToFirstTokenUs).toBeGreaterThan(0);
    expect(result.decodeTokensPerSecond).toBeGreaterThan(0);
  });

  it('names its times as estimates, and what they are for', async () => {
    const { stdout } = await captured(['run', out, '--prompt', 'KING:', '--max-tokens', '3']);
    expect(stdout).toMatch(/time to first token +[\d.]+ ms \(estimate\)/);
    expect(stdout).toMatch(/tokens per second +[\d.]+ \(estimate\)/);
    expect(stdout).toMatch(/prompt +\d tokens, padded to 64/);
    expect(stdout).not.toMatch(/measured/);
  });

  it('samples the same for the same seed', async () => {
    const sample = async (seed: string) => {
      const args = [
        'run',
        out,
        '--prompt',
        'KING:',
        '--max-tokens',
        '6',
        '--temperature',
        '1',
        '--seed',
        seed,
        '--json',
      ];
      return (await captured(args)).json().tokens;
    };
    const [first, again, other] = [await sample('7'), await sample('7'), await sample('8')];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('stops where the context is full', async () => {
    const tokens = Array.from({ length: 60 }, (_, i) => String(i + 10));
    const run = await captured(['run', out, '--tokens', ...tokens, '--max-tokens', '100', '--json']);
    const { ended, tokens: generated } = run.json();
    expect(run.exitStatus).toBe(0);
    if (ended === 'context-full') expect(generated).toHaveLength(96 - 60 + 1);
    else expect(ended).toBe('end-of-text');
  });

  it.each([
    ['a prompt longer than its prefill', ['--tokens', ...Array(65).fill('5')], 'context-exceeded'],
    ['a token outside the vocabulary', ['--tokens', '5', '2048'], 'token-out-of-range'],
    ['no tokens at all', ['--tokens', ','], 'usage'],
    ['text and tokens', ['--tokens', '5', '--prompt', 'a'], 'usage'],
    ['no tokens to generate', ['--max-tokens', '0'], 'usage'],
    ['a temperature below zero', ['--temperature', '-1'], 'usage'],
    ['an unknown target', ['--target', 'nonesuch'], 'module-unknown'],
  ])('refuses %s', async (_what, args, code) => {
    const run = await captured(['run', out, ...args, '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error.code).toBe(code);
  });

  it('refuses a model that is not the one that was deployed', async () => {
    const changed = join(await temporaryDirectory(), 'changed');
    await cp(out, changed, { recursive: true });
    const file = join(changed, 'deployment.json');
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    manifest.model.directory = join(GOLDENS, 'llama-gqa');
    await writeFile(file, JSON.stringify(manifest));
    const run = await captured(['run', changed, '--tokens', '5', '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error).toMatchObject({ code: 'workspace-invalid', details: { expected: manifest.model.digest } });
  });
});

describe('evaluate', { timeout: 60_000 }, () => {
  it('does not accept a plan that is not the one that was deployed, and writes why', async () => {
    const file = join(out, 'plan.json');
    const stored = await readFile(file, 'utf8');
    await writeFile(file, JSON.stringify({ ...JSON.parse(stored), contextLength: 95 }));
    const run = await captured(['evaluate', out]);
    await writeFile(file, stored);
    expect(run.exitStatus).toBe(1);
    expect(run.stdout).toMatch(/^Verdict: fail/);
    expect(await readFile(join(out, 'evaluation_report.md'), 'utf8')).toContain('FAIL');
    expect((await captured(['status', out, '--json'])).json()).toMatchObject({
      status: 'not-accepted',
      evaluation: { verdict: 'fail', current: false },
    });
  });

  it('says so when the model is not there', async () => {
    const run = await captured(['evaluate', out, '--model', '/nowhere', '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error.code).toBe('file-missing');
  });
});

describe('deploy with an agent of the user', { timeout: 60_000 }, () => {
  it('ends with 1 when the agent gives up, and says why', async () => {
    const directory = await temporaryDirectory();
    await writeFile(
      join(directory, 'tired.mjs'),
      `export const agent = { specificationVersion: 'v1', id: 'tired',
        decide: async () => ({ kind: 'give-up', reason: 'no more ideas' }) };`,
    );
    const args = ['deploy', TINY_LLAMA, '--out', 'out', '--yes', '--agent', './tired.mjs'];
    const run = await captured(args, { cwd: directory });
    expect(run.exitStatus).toBe(1);
    expect(run.stdout).toContain('no more ideas');
    const { manifest } = (await captured(['status', 'out', '--json'], { cwd: directory })).json();
    expect(manifest).toMatchObject({ status: 'failed', agent: { id: 'tired', module: join(directory, 'tired.mjs') } });
  });
});

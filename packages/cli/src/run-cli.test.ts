import { describe, expect, it } from 'vitest';
import { captured } from './__fixtures__/captured-run.ts';
import { Interruption } from './terminal/interruption.ts';

describe('runCli', () => {
  it('prints help and the version on stdout', async () => {
    const help = await captured(['--help']);
    expect(help).toMatchObject({ exitStatus: 0, stderr: '' });
    for (const name of ['deploy', 'run', 'evaluate', 'status', 'estimate', 'registry', 'oracle', 'doctor']) {
      expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    }
    expect(await captured(['--version'])).toMatchObject({ exitStatus: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('keeps its lines within 100 columns', async () => {
    for (const command of [[], ['deploy'], ['run'], ['evaluate'], ['status'], ['estimate'], ['registry'], ['doctor']]) {
      const { stdout } = await captured([...command, '--help']);
      expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
    }
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['deplay']],
    ['an unknown option', ['doctor', '--fast']],
    ['a missing argument', ['estimate']],
    ['too many arguments', ['doctor', 'now']],
    ['a number that is none', ['estimate', 'models/tiny-llama', '--seq', 'long']],
    ['a command of a group that is missing', ['oracle']],
    ['an unknown command of a group', ['oracle', 'ask']],
  ])('answers %s with exit status 2, code usage and no stack', async (_what, args) => {
    const run = await captured(args);
    expect(run).toMatchObject({ exitStatus: 2, stdout: '' });
    expect(run.stderr).toMatch(/^error \(usage\): /);
    expect(run.stderr).not.toMatch(/^\s+at /m);
    const inJson = await captured([...args, '--json']);
    expect(inJson.exitStatus).toBe(2);
    expect(inJson.stderr).toBe('');
    expect(inJson.json().error).toMatchObject({
      code: 'usage',
      message: expect.any(String),
      remedy: expect.any(String),
    });
  });

  it('suggests what may have been meant', async () => {
    expect((await captured(['deplay'])).stderr).toContain('deploy');
  });

  it('shows a stack only when asked to', async () => {
    const args = ['oracle', 'verify', '/nowhere'];
    expect((await captured(args)).stderr).not.toMatch(/^\s+at /m);
    expect((await captured(args, { environment: { TILEWRIGHT_DEBUG: '1' } })).stderr).toMatch(/^\s+at /m);
  });

  it('ends with 130 when it is interrupted, and says so without a stack', async () => {
    const controller = new AbortController();
    const running = captured(['oracle', 'verify', 'models/tiny-llama'], { signal: controller.signal });
    setTimeout(() => controller.abort(new Interruption('SIGINT')), 20);
    const run = await running;
    expect(run).toMatchObject({ exitStatus: 130, stdout: '' });
    expect(run.stderr).toContain('error (aborted): The work was stopped.');
    expect(run.stderr).not.toMatch(/^\s+at /m);
  });
});

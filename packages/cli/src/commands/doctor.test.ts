import { describe, expect, it } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';
import { nodeCheck } from './doctor.ts';

describe('doctor', () => {
  it('finds what is required', async () => {
    const run = await captured(['doctor', '--json']);
    expect(run).toMatchObject({ exitStatus: 0, stderr: '' });
    const { healthy, checks } = run.json();
    expect(healthy).toBe(true);
    const names = checks.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['Node.js', 'memory', 'target xdna2-sim', '@tilewright/oracle']));
  });

  it('fails where it cannot write', async () => {
    const run = await captured(['doctor', '--json'], { cwd: '/nowhere' });
    expect(run.exitStatus).toBe(1);
    const failed = run.json().checks.filter(({ status }: { status: string }) => status === 'failed');
    expect(failed.map(({ name }: { name: string }) => name)).toEqual(['write access here']);
  });

  it.each([
    ['20.19.5', 'failed'],
    ['18.20.0', 'failed'],
    ['20.20.0', 'ok'],
    ['22.1.0', 'ok'],
  ])('judges Node.js %s as %s', (version, status) => {
    expect(nodeCheck(version, '20.20').status).toBe(status);
  });
});

import { PassThrough } from 'node:stream';
import type { Checkpoint, GateReport } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { Capture } from '../__fixtures__/captured-run.ts';
import { plainProgress } from '../progress/plain-progress.ts';
import { processSurroundings } from '../terminal/surroundings.ts';
import { terminalReviewer } from './terminal-reviewer.ts';

const CHECKPOINT: Checkpoint = {
  phase: 1,
  title: 'kernels',
  report: { summary: '32 of 32 comparisons within tolerance' } as GateReport,
};

function review(lines: readonly string[], signal?: AbortSignal) {
  const stdin = new PassThrough();
  const stderr = new Capture();
  const surroundings = processSurroundings({ stdin, stderr, ...(signal && { signal }) });
  const reviewer = terminalReviewer({ surroundings, progress: plainProgress(stderr), signal: surroundings.signal });
  const reviewed = reviewer.review(CHECKPOINT);
  const answer = async () => {
    for (const line of lines) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      stdin.write(`${line}\n`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (!signal) stdin.end();
  };
  return { reviewed, answered: answer(), stderr };
}

describe('terminalReviewer', () => {
  it.each([
    [['y'], { kind: 'approve' }],
    [[''], { kind: 'approve' }],
    [['Yes'], { kind: 'approve' }],
    [['what?', 'w'], { kind: 'wait' }],
    [['n', 'the error is too large'], { kind: 'reject', reason: 'the error is too large' }],
    [['r', 'merge less'], { kind: 'redirect', instruction: 'merge less' }],
    [[], { kind: 'wait' }],
  ])('takes %j for %j', async (lines, expected) => {
    const { reviewed, stderr } = review(lines);
    expect(await reviewed).toEqual(expected);
    expect(stderr.text).toContain('Phase 1, kernels: 32 of 32 comparisons within tolerance');
  });

  it('stops asking when the work is stopped', async () => {
    const controller = new AbortController();
    const { reviewed } = review([], controller.signal);
    setTimeout(() => controller.abort(), 5);
    await expect(reviewed).rejects.toThrow();
  });
});

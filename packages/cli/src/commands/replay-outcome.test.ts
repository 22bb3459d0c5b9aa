import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Decision, TranscriptEntry } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../__fixtures__/repository.ts';
import { type ReplayOutcome, replayOutcome } from './replay-outcome.ts';

const decided = (phase: number, planDigest: string, proposal: string): TranscriptEntry => {
  const decision: Decision = { kind: 'try-proposal', proposal, reason: '' };
  return { kind: 'decision', phase, planDigest, decision };
};
const phase = (number: number, from: string, to: string, ...inner: TranscriptEntry[]): TranscriptEntry[] => [
  { kind: 'phase-started', phase: number, planDigest: from },
  ...inner,
  { kind: 'phase-ended', phase: number, outcome: 'passed', reason: '', planDigest: to },
];
const recorded = [...phase(3, 'a', 'a'), ...phase(4, 'a', 'c', decided(4, 'a', 'x'), decided(4, 'b', 'y'))];

async function outcomeOf(
  recording: readonly TranscriptEntry[],
  made: readonly TranscriptEntry[],
): Promise<ReplayOutcome> {
  const directory = join(await temporaryDirectory(), 'out');
  await mkdir(directory);
  const lines = made.map((entry) => `${JSON.stringify(entry)}\n`);
  await writeFile(join(directory, 'transcript.jsonl'), lines.join(''));
  return replayOutcome({ file: 'recorded.jsonl', entries: recording }, directory);
}

describe('replayOutcome', () => {
  it('finds the same plan', async () => {
    expect(await outcomeOf(recorded, [...recorded, ...phase(5, 'c', 'd')])).toEqual({
      ...{ transcript: 'recorded.jsonl', recordedPlan: 'c', samePlan: true, firstDifference: null },
    });
  });

  it('says where the plan became another', async () => {
    const decision = await outcomeOf(recorded, phase(4, 'a', 'd', decided(4, 'a', 'x'), decided(4, 'other', 'y')));
    expect(decision).toMatchObject({ samePlan: false, firstDifference: { phase: 3, decision: null } });
    const spoilt = [...phase(3, 'a', 'a'), ...phase(4, 'a', 'd', decided(4, 'a', 'x'), decided(4, 'other', 'y'))];
    expect(await outcomeOf(recorded, spoilt)).toMatchObject({
      ...{ recordedPlan: 'c', samePlan: false, firstDifference: { phase: 4, decision: 2 } },
    });
    const stopped = [...phase(3, 'a', 'a'), ...phase(4, 'a', 'b', decided(4, 'a', 'x'))];
    expect(await outcomeOf(recorded, stopped)).toMatchObject({
      ...{ samePlan: false, firstDifference: { phase: 4, decision: null } },
    });
    const detour = [...phase(3, 'a', 'a'), ...phase(4, 'a', 'c', decided(4, 'a', 'x'), decided(4, 'z', 'y'))];
    expect(await outcomeOf(recorded, detour)).toMatchObject({
      ...{ samePlan: true, firstDifference: { phase: 4, decision: 2 } },
    });
  });

  it('has no plan to compare where no phase ended', async () => {
    const begun: TranscriptEntry[] = [{ kind: 'phase-started', phase: 1, planDigest: 'a' }];
    expect(await outcomeOf(begun, recorded)).toMatchObject({ recordedPlan: null, samePlan: false });
  });
});

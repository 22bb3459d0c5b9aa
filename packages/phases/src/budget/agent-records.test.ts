import { NO_USAGE, type TranscriptEntry } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { boundedSum, countEntry, isEmptyRecord, NO_RECORD, restoredRecord } from './agent-records.ts';

const usage = { ...NO_USAGE, requests: 1, inputTokens: 100, outputTokens: 20, costUsd: 0.01 };
const entries: readonly TranscriptEntry[] = [
  { kind: 'phase-started', phase: 4, planDigest: 'a' },
  { kind: 'message', phase: 4, message: 'hm' },
  { kind: 'usage', phase: 4, usage },
  { kind: 'decision', phase: 4, planDigest: 'a', decision: { kind: 'try-proposal', proposal: 'x', reason: '' } },
  { kind: 'decision', phase: 4, planDigest: 'a', decision: { kind: 'run-gate' } },
  { kind: 'nonsense', phase: 4, problem: 'what?' },
  { kind: 'usage', phase: 4, usage },
];
const counted = {
  usage: { ...NO_USAGE, requests: 2, inputTokens: 200, outputTokens: 40, costUsd: 0.02 },
  ...{ decisions: 3, attempts: 1, limit: null },
};

describe('the record of a phase', () => {
  it('counts usage, decisions, and those that change the plan', () => {
    expect(entries.reduce(countEntry, NO_RECORD)).toEqual(counted);
    expect(isEmptyRecord(NO_RECORD)).toBe(true);
    expect(isEmptyRecord({ ...NO_RECORD, limit: 'used up' })).toBe(false);
  });

  it('is what manifest and transcript say together, each of which may be behind', () => {
    expect(restoredRecord(undefined, entries)).toEqual(counted);
    expect(restoredRecord(counted, [])).toEqual(counted);
    expect(restoredRecord({ ...NO_RECORD, decisions: 1, limit: 'was' }, entries)).toEqual({ ...counted, limit: 'was' });
    expect(restoredRecord({ ...counted, usage: { ...usage, costUsd: null } }, entries).usage.costUsd).toBeNull();
  });

  it('stays a number that can be stored, whatever an agent claims', () => {
    const claimed = { ...usage, inputTokens: Number.MAX_SAFE_INTEGER, costUsd: Number.MAX_VALUE };
    expect(boundedSum(claimed, claimed)).toMatchObject({ requests: 2, inputTokens: Number.MAX_SAFE_INTEGER });
    expect(boundedSum(claimed, claimed).costUsd).toBe(Number.MAX_VALUE);
  });
});

import { describe, expect, it } from 'vitest';
import { oracleGate } from './oracle-gate.ts';

const verification = { compared: 40, comparedElements: 4000, maxAbsoluteError: 1e-5, failure: null };
const common = { subjects: {}, elapsedMs: 1 };

describe('oracleGate', () => {
  it('passes when all of the golden was compared', () => {
    expect(oracleGate({ ...common, verification })).toMatchObject({ verdict: 'pass', failures: [] });
  });

  it('says so when there is no golden', () => {
    const report = oracleGate({ ...common, verification: null });
    expect(report.verdict).toBe('pass');
    expect(report.summary).toContain('not held against anything');
    expect(report.evidence.madeComparisons).toBe(0);
  });

  it('fails with the golden', () => {
    const failure = { subject: 'short layers.0.q_rope', message: 'off by 0.1' };
    const report = oracleGate({ ...common, verification: { ...verification, failure } });
    expect(report.verdict).toBe('fail');
    expect(report.summary).toContain('off by 0.1');
  });

  it('is inconclusive when the golden has nothing to compare', () => {
    expect(oracleGate({ ...common, verification: { ...verification, compared: 0 } }).verdict).toBe('inconclusive');
  });
});

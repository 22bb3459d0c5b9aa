import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fidelityOf } from './fidelity.ts';
import { gatedRows } from './gated-rows.ts';
import { publishedRecords } from './published-record.ts';

const facts = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../facts/${name}`, import.meta.url), 'utf8'));

/** What the simulator must reach on the gated rows: rows there are, median and P90 of the relative error. */
const LIMITS: Readonly<Record<string, readonly [rows: number, median: number, p90: number]>> = {
  EltwiseAdd: [15, 0.04, 0.07],
  FlashAttention: [13, 0.06, 0.12],
  GELU: [13, 0.03, 0.05],
  GEMM: [100, 0.05, 0.12],
  GEMV: [31, 0.04, 0.08],
  RMSNorm: [6, 0.08, 0.2],
  RoPE: [14, 0.05, 0.09],
  SiLU_Mul: [13, 0.05, 0.08],
};

const LEFT_OUT_LIMITS: Readonly<Record<string, readonly [median: number, p90: number]>> = {
  GEMM: [0.05, 0.14],
  GEMV: [0.04, 0.08],
  FlashAttention: [0.08, 0.13],
};

describe('estimated latencies beside the published ones', () => {
  const gated = gatedRows(facts('gated.json'), 'gated.json');
  const records = publishedRecords(facts('kernels.json'), 'kernels.json').filter(({ id }) => gated.latency.has(id));
  const { kernels, all, calibration } = fidelityOf(records, gated);

  it('cover the kernels of the gated rows', () => {
    expect(Object.keys(kernels)).toEqual(Object.keys(LIMITS));
  });

  it.each(Object.entries(LIMITS))('%s stays within its limits', (kernel, [rows, median, p90]) => {
    const found = kernels[kernel];
    expect(found?.count).toBe(rows);
    expect(found?.median).toBeLessThanOrEqual(median);
    expect(found?.p90).toBeLessThanOrEqual(p90);
    expect(found?.orderAgreement).toBeGreaterThanOrEqual(0.95);
  });

  it('stay within the limits of all rows', () => {
    expect(all.median).toBeLessThanOrEqual(0.035);
    expect(all.p90).toBeLessThanOrEqual(0.11);
    expect(all.max).toBeLessThanOrEqual(0.25);
  });

  it.each(Object.entries(LEFT_OUT_LIMITS))('%s at left-out shapes, as recorded', (kernel, [median, p90]) => {
    expect(calibration.leaveOneOut[kernel]?.median).toBeLessThanOrEqual(median);
    expect(calibration.leaveOneOut[kernel]?.p90).toBeLessThanOrEqual(p90);
  });

  it('are those that the record of the fit has', () => {
    for (const [kernel, { median, p90, max }] of Object.entries(kernels)) {
      expect(calibration.fit[kernel]?.median).toBeCloseTo(median as number, 3);
      expect(calibration.fit[kernel]?.p90).toBeCloseTo(p90 as number, 3);
      expect(calibration.fit[kernel]?.max).toBeCloseTo(max as number, 3);
    }
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorStatistics } from './error-statistics.ts';
import { fidelityOf } from './fidelity.ts';
import { gatedRows } from './gated-rows.ts';
import { publishedClass } from './outcome-class.ts';
import { publishedRecords } from './published-record.ts';
import { quantile } from './quantile.ts';

const NONE = gatedRows({}, 'none');

const ADD = {
  id: 'made-1',
  group: 'registry',
  kernel: 'EltwiseAdd',
  shape: { N: 4194304 },
  tile: { tile: 2048 },
  herd: [8, 1],
  latency_us: 437,
  status: 'PASS',
};

describe('statistics', () => {
  it('takes quantiles linearly between ranks', () => {
    expect(quantile([4, 1, 2, 3], 0.5)).toBe(2.5);
    expect(quantile([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 0.9)).toBe(90);
    expect(quantile([7], 0.9)).toBe(7);
    expect(quantile([], 0.5)).toBeNull();
  });

  it('compares the order of pairs that differ by more than 8 %', () => {
    const pairs = [
      { publishedUs: 100, estimatedUs: 100 },
      { publishedUs: 105, estimatedUs: 90 },
      { publishedUs: 200, estimatedUs: 95 },
    ];
    // 100 and 105 are too close; 200 comes after 105 with us, and before 100.
    expect(errorStatistics(pairs)).toMatchObject({ count: 3, orderAgreement: 0.5 });
    expect(errorStatistics([])).toEqual({ count: 0, median: null, p90: null, max: null, orderAgreement: null });
  });
});

describe('fidelity', () => {
  it('estimates a row and says how far it is off', () => {
    const { rows, kernels, judgedBy } = fidelityOf(publishedRecords([ADD], 'rows'), NONE);
    expect(judgedBy).toBe('all');
    expect(rows[0]).toMatchObject({
      id: 'made-1',
      gated: false,
      publishedUs: 437,
      estimatedStatus: 'pass',
      reason: null,
    });
    expect(rows[0]?.relativeError).toBeLessThan(0.1);
    expect(kernels.EltwiseAdd).toMatchObject({ count: 1, median: rows[0]?.relativeError });
  });

  it('counts the listed rows only', () => {
    const gated = gatedRows({ latency: { EltwiseAdd: ['made-2'] }, failures: [], passing: ['made-2'] }, 'gated');
    const found = fidelityOf(publishedRecords([ADD, { ...ADD, id: 'made-2', latency_us: 874 }], 'rows'), gated);
    expect(found.kernels.EltwiseAdd?.count).toBe(1);
    expect(found.kernels.EltwiseAdd?.median).toBeGreaterThan(0.4);
    expect(found.rows.map((row) => row.gated)).toEqual([false, true]);
  });

  it('names a failure as the simulator sees it, and rejections that are wrong', () => {
    const overflow = {
      ...ADD,
      id: 'big',
      tile: { tile: 65_536 },
      status: 'COMPILE_FAIL_L1_OVERALLOC',
      latency_us: null,
    };
    const claimed = { ...overflow, id: 'claimed', status: 'PASS' };
    const { failures, rows } = fidelityOf(publishedRecords([ADD, overflow, claimed], 'rows'), NONE);
    expect(failures.recall).toBe(1);
    expect(failures.matrix.infeasible.infeasible).toBe(1);
    expect(failures.falseRejections).toEqual(['claimed']);
    expect(rows[1]?.diagnostics.length).toBeGreaterThan(0);
  });

  it('gives a reason for every record that it cannot read, and never throws for one', () => {
    const odd = [
      null,
      17,
      'text',
      {},
      { kernel: 'Convolution', latency_us: 5 },
      { kernel: 'GEMM' },
      { kernel: 'GEMM', method: 'drain', shape: { M: 'many' }, tile: [], herd: 'all' },
      { ...ADD, shape: { N: -5 } },
      { ...ADD, shape: { N: 1.5 }, herd: [0, 0] },
      { ...ADD, herd: [Number.NaN, 1], tile: { tile: Number.POSITIVE_INFINITY } },
      { kernel: 'FlashAttention', shape: { lq: 0, lk: 0 }, status: 7 },
      { kernel: 'RoPE', shape: { rows: 0, head_dim: 0 }, herd: [8, 1], latency_us: 'fast' },
    ];
    const { rows } = fidelityOf(publishedRecords(odd, 'rows'), NONE);
    expect(rows).toHaveLength(odd.length);
    for (const row of rows) {
      expect(row.estimatedUs).toBeNull();
      expect(row.reason).toMatch(/./);
      expect(row.relativeError).toBeNull();
    }
    expect(() => publishedRecords({ rows: [] }, 'rows')).toThrow(/no list/);
    expect(() => gatedRows([], 'gated')).toThrow(/no list/);
  });

  it('knows the class of every published status', () => {
    const facts = JSON.parse(readFileSync(new URL('../../../../facts/kernels.json', import.meta.url), 'utf8'));
    const unknown = new Set(
      facts.map(({ status }: { status: string }) => status).filter((status: string) => publishedClass(status) === null),
    );
    expect([...unknown].sort()).toEqual([
      'DATA_MOVEMENT_ONLY',
      'HARNESS_ARTIFACT',
      'REFERENCE',
      'TIMING_ONLY_GATE_FAILED',
    ]);
  });
});

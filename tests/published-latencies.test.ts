import { readFileSync } from 'node:fs';
import { kernelDefinition, PUBLISHED_ROWS, rowConfiguration } from '@tilewright/kernel-registry';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { describe, expect, it } from 'vitest';

/**
 * The rows by which the simulator's time is judged, as far as the registry builds their kernel and
 * method. A published row times start and wait, so the estimate of the submission is taken off.
 */
const gated = JSON.parse(readFileSync(new URL('../facts/gated.json', import.meta.url), 'utf8')).latency;

/** Median and P90 of the relative error that the estimates must stay under, and the rows there are at least. */
const LIMITS: Readonly<Record<string, { rows: number; median: number; p90: number }>> = {
  add: { rows: 15, median: 0.04, p90: 0.08 },
  'flash-attention': { rows: 13, median: 0.06, p90: 0.35 },
  gemm: { rows: 59, median: 0.09, p90: 0.2 },
  gemv: { rows: 31, median: 0.04, p90: 0.08 },
  'rms-norm': { rows: 6, median: 0.05, p90: 0.25 },
  rope: { rows: 14, median: 0.06, p90: 0.25 },
  'silu-mul': { rows: 13, median: 0.05, p90: 0.08 },
};

async function relativeErrors(): Promise<Map<string, number[]>> {
  const target = xdna2Simulator();
  const ids = new Set(Object.values<string[]>(gated).flat());
  const errors = new Map<string, number[]>();
  for (const row of PUBLISHED_ROWS) {
    const known = ids.has(row.id) ? rowConfiguration(row) : null;
    if (known === null || row.latency_us === undefined) continue;
    const { hostPath, ...built } = kernelDefinition(known.kernel).build(known.shape, known.config);
    const program = { specificationVersion: 'v1', name: row.id, hostPath, ...built } as const;
    const dispatch = {
      id: row.id,
      section: 'prefill',
      step: row.id,
      program,
      buffers: program.arguments.map(({ name }) => name),
    } as const;
    const lowered = { specificationVersion: 'v1', device: target.device.id, dispatches: [dispatch] } as const;
    const estimate = (await target.estimate?.(await target.compile(lowered)))?.get(row.id);
    const submission = estimate?.parts.find((part) => part.name === 'dispatch overhead')?.us as number;
    const error = Math.abs(((estimate?.us as number) - submission) / row.latency_us - 1);
    errors.set(known.kernel, [...(errors.get(known.kernel) ?? []), error]);
  }
  return errors;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}

describe('estimated latencies beside the published ones', async () => {
  const errors = await relativeErrors();
  for (const [kernel, limit] of Object.entries(LIMITS)) {
    it(`${kernel} stays within its median and P90`, () => {
      const found = errors.get(kernel) ?? [];
      expect(found.length).toBeGreaterThanOrEqual(limit.rows);
      expect(quantile(found, 0.5)).toBeLessThan(limit.median);
      expect(quantile(found, 0.9)).toBeLessThan(limit.p90);
    });
  }
});

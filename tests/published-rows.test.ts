import { readFileSync } from 'node:fs';
import { KERNELS, PUBLISHED_ROWS, type RowConfiguration, rowConfiguration } from '@tilewright/kernel-registry';
import { type Diagnostic, type DiagnosticCode, type LoweredPlan, TilewrightError } from '@tilewright/spec';
import { XDNA2, xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { describe, expect, it } from 'vitest';

const gated = JSON.parse(readFileSync(new URL('../facts/gated.json', import.meta.url), 'utf8')) as {
  readonly passing: readonly string[];
  readonly failures: readonly string[];
};
const known = PUBLISHED_ROWS.map(rowConfiguration).filter((entry) => entry !== null);
const target = xdna2Simulator();

/** What the builder or the compiler says about a published configuration; empty when it compiles. */
async function objections({
  kernel,
  shape,
  config,
}: RowConfiguration): Promise<readonly (Diagnostic | TilewrightError)[]> {
  const definition = KERNELS.get(kernel);
  if (definition === undefined) throw new Error(`no kernel ${kernel}`);
  try {
    const program = { specificationVersion: 'v1' as const, name: kernel, ...definition.build(shape, config) };
    const buffers = program.arguments.map(({ name }) => name);
    const lowered: LoweredPlan = {
      specificationVersion: 'v1',
      device: XDNA2.id,
      dispatches: [{ id: kernel, section: 'prefill', step: kernel, program, buffers }],
    };
    const support = await target.supports(lowered);
    return support.ok ? [] : support.diagnostics;
  } catch (error) {
    if (TilewrightError.isInstance(error) && error.code === 'shape-unsupported') return [error];
    throw error;
  }
}

const CODES: Readonly<Record<string, DiagnosticCode>> = {
  COMPILE_FAIL_L1_OVERALLOC: 'l1-exceeded',
  DOES_NOT_PLACE_SHIM_DMA: 'shim-channels-exceeded',
  COMPILE_FAIL_DMA_STRIDE: 'stride-exceeded',
};
const failures = known.filter(({ row }) => gated.failures.includes(row.id) && CODES[row.status ?? ''] !== undefined);

describe('published rows on the simulated compiler', () => {
  it('accepts every configuration that was published to pass', async () => {
    const passing = known.filter(({ row }) => gated.passing.includes(row.id));
    expect(passing.length).toBeGreaterThan(100);
    const rejected: string[] = [];
    for (const entry of passing) {
      const found = await objections(entry);
      if (found.length > 0) rejected.push(`${entry.row.id}: ${found[0]?.message}`);
    }
    expect(rejected).toEqual([]);
  });

  it('knows failures to try', () => {
    expect(new Set(failures.map(({ row }) => row.status)).size).toBeGreaterThanOrEqual(2);
  });

  it.each(failures.map((entry) => [entry.row.id, entry.row.status as string, entry] as const))(
    '%s fails as published: %s',
    async (_id, status, entry) => {
      const codes = (await objections(entry)).map(({ code }) => code);
      expect(codes).toContain(CODES[status]);
    },
  );
});

import { readFileSync } from 'node:fs';
import {
  kernelDefinition,
  oddLoops,
  type PublishedRow,
  rowConfiguration,
  rowProgram,
} from '@tilewright/kernel-registry';
import { type DiagnosticCode, TilewrightError } from '@tilewright/spec';
import { type ProgramOutcome, programOutcome, XDNA2 } from '@tilewright/target-xdna2-sim';
import { describe, expect, it } from 'vitest';

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../facts/${name}`, import.meta.url), 'utf8'));
const gated = read('gated.json') as { readonly passing: readonly string[]; readonly failures: readonly string[] };
const rows = new Map((read('kernels.json') as readonly PublishedRow[]).map((row) => [row.id, row]));

interface Found {
  readonly kind: ProgramOutcome['kind'];
  /** Who found it: the builder because tiles do not make up the shape, the compiler, or a named limit of the registry. */
  readonly by: 'builder' | 'compiler' | 'registry' | null;
  readonly codes: readonly string[];
}

/** What becomes of a row: the compiler decides, and the registry is asked only where it has no objection. */
function outcomeOf(id: string): Found {
  const row = rows.get(id);
  if (row === undefined) throw new Error(`there is no row ${id}`);
  const known = rowConfiguration(row);
  if (known === null) throw new Error(`${id} cannot be expressed`);
  try {
    const { kind, diagnostics } = programOutcome(rowProgram(known));
    if (kind !== 'runs') return { kind, by: 'compiler', codes: diagnostics.map(({ code }) => code) };
  } catch (error) {
    if (!TilewrightError.isInstance(error) || error.code !== 'shape-unsupported') throw error;
    return { kind: 'refused', by: 'builder', codes: [] };
  }
  const broken = kernelDefinition(known.kernel).limits(known.shape, known.config, XDNA2);
  if (broken.length === 0) return { kind: 'runs', by: null, codes: [] };
  return { kind: 'refused', by: 'registry', codes: broken.map(({ limit }) => limit) };
}

/** What the published statuses say, and which diagnostics are their cause where they name one. */
const STATUSES: Readonly<
  Record<string, { readonly kind: Found['kind']; readonly causes?: readonly DiagnosticCode[] }>
> = {
  COMPILE_FAIL_DMA_ALIGNMENT: { kind: 'refused' },
  COMPILE_FAIL_DMA_STRIDE: { kind: 'refused', causes: ['stride-exceeded'] },
  COMPILE_FAIL_L1_OVERALLOC: { kind: 'refused', causes: ['l1-exceeded'] },
  COMPILE_FAIL_L2_BUDGET: { kind: 'refused' },
  COMPILE_FAIL_PLACEMENT: { kind: 'refused' },
  COMPILE_FAIL_REPEAT_COUNT: { kind: 'refused', causes: ['repeat-count-exceeded'] },
  COMPILE_FAIL_ROUTING: { kind: 'refused', causes: ['core-channels-exceeded'] },
  COMPILE_FAIL_STATIC_ASSERT: { kind: 'refused' },
  COMPILE_FAIL_UNSPECIFIED: { kind: 'refused' },
  DOES_NOT_PLACE: { kind: 'refused' },
  DOES_NOT_PLACE_SHIM_DMA: { kind: 'refused', causes: ['shim-channels-exceeded'] },
  ILLEGAL_ASSERT: { kind: 'refused' },
  ILLEGAL_DIVISIBILITY: { kind: 'refused' },
  ILLEGAL_HERD: { kind: 'refused', causes: ['herd-out-of-array'] },
  RUNTIME_HANG: { kind: 'hangs', causes: ['task-queue-overflow'] },
  SILENT_CORRUPTION: { kind: 'corrupts', causes: ['odd-trip-count', 'output-incomplete'] },
};

/** Gated failures that nothing here explains; the simulator runs them. */
const UNEXPLAINED: Readonly<Record<string, string>> = {
  'gemm-193': 'wrong from the second call on, as an ELF of one launch only; the cause is not published',
};

describe('published rows on the simulated compiler', () => {
  it('rejects no configuration that was published to pass', () => {
    expect(gated.passing.length).toBe(259);
    const rejected = gated.passing.flatMap((id) => {
      const { kind, by, codes } = outcomeOf(id);
      return kind === 'runs' ? [] : [`${id}: ${kind} by ${by}: ${codes.join(', ')}`];
    });
    expect(rejected).toEqual([]);
  }, 60_000);

  it.each(gated.failures.filter((id) => UNEXPLAINED[id] === undefined).map((id) => [id, rows.get(id)?.status ?? '']))(
    '%s fails as published: %s',
    (id, status) => {
      const published = STATUSES[status];
      const found = outcomeOf(id);
      expect(found.kind).toBe(published?.kind);
      if (published?.causes !== undefined && found.by === 'compiler') {
        expect(found.codes.some((code) => published.causes?.some((cause) => cause === code))).toBe(true);
      }
    },
  );

  it('finds most gated failures by compiling, and explains at least 85 % of them', () => {
    const explained = gated.failures.filter((id) => UNEXPLAINED[id] === undefined);
    expect(explained.length / gated.failures.length).toBeGreaterThanOrEqual(0.85);
    const compiled = explained.filter((id) => outcomeOf(id).by === 'compiler');
    expect(compiled.length / gated.failures.length).toBeGreaterThanOrEqual(0.7);
  });

  it('sees the loops that fall out of step in the program as the compiler does', () => {
    let odd = 0;
    for (const id of [...gated.failures, ...gated.passing]) {
      const known = rowConfiguration(rows.get(id) as PublishedRow);
      if (known === null || outcomeOf(id).by === 'builder') continue;
      const program = rowProgram(known);
      const outcome = programOutcome(program);
      if (outcome.kind === 'refused') continue;
      const seen = program.launches.some((launch) => oddLoops(launch).length > 0);
      expect(seen, id).toBe(outcome.diagnostics.some(({ code }) => code === 'odd-trip-count'));
      if (seen) odd++;
    }
    expect(odd).toBeGreaterThanOrEqual(9);
  }, 60_000);

  it('reproduces the descriptors of SiLU-multiply that run out and come back', () => {
    // 16,777,216 elements: too many for the tasks of one tile at 1,024 and 2,048 steps per core, and not beyond.
    const of = (steps: number): string[] =>
      [...rows.values()].flatMap((row) => {
        const { kernel, status, inner_iters } = row as PublishedRow & { readonly inner_iters?: number };
        if (kernel !== 'SiLU_Mul' || inner_iters !== steps) return [];
        return [`${status?.startsWith('PASS') === true ? 'runs' : 'refused'} ${outcomeOf(row.id).kind}`];
      });
    for (const steps of [512, 1024, 2048, 4096, 8192]) {
      expect(of(steps).length).toBeGreaterThan(0);
      for (const pair of of(steps)) expect(pair).toMatch(/^(\w+) \1$/);
    }
  });

  it.each([
    ['gemm_2x2_herd_shim_feed-598', 'runs'],
    ['gemm_2x2_herd_shim_feed-599', 'runs'],
    ['gemm_2x2_herd_shim_feed-600', 'hangs'],
  ])('%s, of the study of tasks in flight, %s', (id, kind) => {
    expect(outcomeOf(id).kind).toBe(kind);
  });
});

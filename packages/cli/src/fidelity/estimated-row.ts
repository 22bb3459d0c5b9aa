import { kernelDefinition, type RowConfiguration, rowConfiguration, rowProgram } from '@tilewright/kernel-registry';
import { type Program, TilewrightError } from '@tilewright/spec';
import { estimateProgram, type ProgramOutcome, programOutcome, XDNA2 } from '@tilewright/target-xdna2-sim';
import type { OutcomeClass } from './outcome-class.ts';
import type { PublishedRecord } from './published-record.ts';

/** A limit that a configuration breaks, of the registry or of the target's compiler. */
export interface RowDiagnostic {
  readonly code: string;
  readonly message: string;
}

/** What we say of one published record; `reason` says why where we say nothing. */
export interface EstimatedRow {
  readonly estimatedUs: number | null;
  readonly estimatedStatus: OutcomeClass | null;
  readonly diagnostics: readonly RowDiagnostic[];
  readonly reason: string | null;
}

const CLASS_OF_OUTCOME: Readonly<Record<ProgramOutcome['kind'], OutcomeClass>> = {
  runs: 'pass',
  refused: 'infeasible',
  hangs: 'hang',
  corrupts: 'corrupt',
};

/** Limits by which the registry keeps away from what compiles and fails when it runs. */
const RUNTIME_LIMITS: ReadonlyMap<string, OutcomeClass> = new Map([
  ['cast-trip-count', 'corrupt'],
  ['drain-trip-count', 'corrupt'],
  ['herd-rows', 'hang'],
  ['trip-count', 'corrupt'],
  ['tile-queries', 'hang'],
  ['depth-tiles', 'hang'],
]);

/** Estimates one record. What it cannot express, or what goes wrong on the way, becomes the reason. */
export function estimatedRow(record: PublishedRecord): EstimatedRow {
  if (record.kernel === '') return unknown('the record names no kernel');
  try {
    const known = rowConfiguration(record);
    if (known !== null) return estimatedConfiguration(known);
    return unknown('the registry has no such kernel or method, or the record leaves its shape or tiles open');
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

function estimatedConfiguration(known: RowConfiguration): EstimatedRow {
  const broken = kernelDefinition(known.kernel).limits(known.shape, known.config, XDNA2);
  const program = built(known);
  const outcome = program === null ? null : programOutcome(program);
  const classes = [
    ...broken.map(({ limit }) => RUNTIME_LIMITS.get(limit) ?? 'infeasible'),
    ...(outcome === null ? [] : [CLASS_OF_OUTCOME[outcome.kind]]),
  ];
  return {
    estimatedUs: program === null ? null : estimateProgram(program).us,
    estimatedStatus: WORST_FIRST.find((each) => classes.includes(each)) ?? 'pass',
    diagnostics: [
      ...broken.map(({ limit, message }) => ({ code: limit, message })),
      ...(outcome?.diagnostics ?? []).map(({ code, message }) => ({ code, message })),
    ],
    reason: program === null ? 'the registry builds no program of it; see the diagnostics' : null,
  };
}

/** What is refused never hangs, and what hangs gives no numbers. */
const WORST_FIRST: readonly OutcomeClass[] = ['infeasible', 'hang', 'corrupt'];

/** The program, or null where the registry refuses to build it. */
function built(known: RowConfiguration): Program | null {
  try {
    return rowProgram(known);
  } catch (error) {
    if (TilewrightError.isInstance(error) && error.code === 'shape-unsupported') return null;
    throw error;
  }
}

function unknown(reason: string): EstimatedRow {
  return { estimatedUs: null, estimatedStatus: null, diagnostics: [], reason };
}

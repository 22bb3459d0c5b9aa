import { kernelDefinition, type RowConfiguration, rowConfiguration } from '@tilewright/kernel-registry';
import { type Program, type Target, TilewrightError } from '@tilewright/spec';
import { estimateProgram } from '@tilewright/target-xdna2-sim';
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

/** Limits of the registry that are not the compiler's: what breaks them compiles, and fails when it runs. */
const RUNTIME_LIMITS: ReadonlyMap<string, OutcomeClass> = new Map([
  ['trip-count', 'corrupt'],
  ['tile-queries', 'hang'],
  ['depth-tiles', 'hang'],
]);

/** Estimates one record. What it cannot express, or what goes wrong on the way, becomes the reason. */
export async function estimatedRow(record: PublishedRecord, target: Target): Promise<EstimatedRow> {
  if (record.kernel === '') return unknown('the record names no kernel');
  try {
    const known = rowConfiguration(record);
    if (known === null)
      return unknown('the registry has no kernel or method for it, or it leaves its shape or tiles open');
    return await estimatedConfiguration(known, target);
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

async function estimatedConfiguration(known: RowConfiguration, target: Target): Promise<EstimatedRow> {
  const definition = kernelDefinition(known.kernel);
  const broken = definition.limits(known.shape, known.config, target.device);
  const ofRegistry = broken.map(({ limit, message }) => ({ code: limit, message }));
  const program = built(known);
  const estimatedUs = program === null ? null : estimateProgram(program).us;
  const ofCompiler = program === null ? [] : await diagnostics(program, target);
  const runtime = broken.map(({ limit }) => RUNTIME_LIMITS.get(limit));
  const [ran] = runtime;
  const refused = ofCompiler.length > 0 || runtime.some((outcome) => outcome === undefined);
  return {
    estimatedUs,
    estimatedStatus: refused ? 'infeasible' : (ran ?? 'pass'),
    diagnostics: [...ofRegistry, ...ofCompiler],
    reason: estimatedUs === null ? 'no program can be built of it' : null,
  };
}

/** The program, or null where the registry refuses to build it. */
function built({ row, kernel, shape, config }: RowConfiguration): Program | null {
  try {
    const content = kernelDefinition(kernel).build(shape, config);
    return { specificationVersion: 'v1', name: row.id, ...content };
  } catch (error) {
    if (TilewrightError.isInstance(error) && error.code === 'shape-unsupported') return null;
    throw error;
  }
}

async function diagnostics(program: Program, target: Target): Promise<readonly RowDiagnostic[]> {
  const id = 'prefill/row';
  const support = await target.supports({
    specificationVersion: 'v1',
    device: target.device.id,
    dispatches: [{ id, section: 'prefill', step: 'row', program, buffers: program.arguments.map(({ name }) => name) }],
  });
  return support.ok ? [] : support.diagnostics.map(({ code, message }) => ({ code, message }));
}

function unknown(reason: string): EstimatedRow {
  return { estimatedUs: null, estimatedStatus: null, diagnostics: [], reason };
}

import { CompileError, type Failure, RuntimeFault, TilewrightError } from '@tilewright/spec';

const PLAN_FAULTS: ReadonlySet<string> = new Set([
  'plan-invalid',
  'shape-unsupported',
  'program-invalid',
  'kernel-unknown',
]);

/** Whether an error says that the plan does not hold together, which is the fault of whoever changed it. */
export function isPlanFault(error: unknown): error is TilewrightError {
  return TilewrightError.isInstance(error) && PLAN_FAULTS.has(error.code);
}

/** What skills are shown of an error that the target throws about a plan; null for any other error. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof CompileError) return { kind: 'compile', diagnostics: error.diagnostics };
  if (error instanceof RuntimeFault) {
    return { kind: 'runtime', dispatch: error.dispatch, fault: error.kind, dump: error.dump };
  }
  return null;
}

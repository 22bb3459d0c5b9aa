import type { Failure } from '@tilewright/spec';

/** What of a failure says of which kind it is: codes of diagnostics, the fault, or kinds of gate failures. */
export function failureSigns(failure: Failure): readonly string[] {
  switch (failure.kind) {
    case 'compile':
      return [...new Set(failure.diagnostics.map(({ code }) => code))].sort();
    case 'runtime':
      return [failure.fault];
    case 'gate':
      return [...new Set(failure.report.failures.map(({ kind }) => kind))].sort();
  }
}

/** The failure in words, before its signs. */
export const FAILURE_WORDS: Readonly<Record<Failure['kind'], string>> = {
  compile: 'the plan does not compile',
  runtime: 'a dispatch goes wrong while it runs',
  gate: 'the gate does not pass',
};

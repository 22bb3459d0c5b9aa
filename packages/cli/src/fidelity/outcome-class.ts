/** What becomes of a configuration: it works, is refused, makes no progress, or gives wrong numbers without an error. */
export type OutcomeClass = 'pass' | 'infeasible' | 'hang' | 'corrupt';

export const OUTCOME_CLASSES: readonly OutcomeClass[] = ['pass', 'infeasible', 'hang', 'corrupt'];

const BEGINNINGS: readonly (readonly [beginning: string, outcome: OutcomeClass])[] = [
  ['PASS', 'pass'],
  // The datapath is right and its error above the harness's own bound.
  ['NUMFAIL', 'pass'],
  ['COMPILE_FAIL', 'infeasible'],
  ['DOES_NOT_PLACE', 'infeasible'],
  ['ILLEGAL', 'infeasible'],
  ['RUNTIME', 'hang'],
  ['FLAKY_HANG', 'hang'],
  ['SILENT_CORRUPTION', 'corrupt'],
  ['WRONG_RESULT', 'corrupt'],
  ['NAN_OUTPUT', 'corrupt'],
];

/** The class of a published status; null for one that says nothing about the configuration. */
export function publishedClass(status: unknown): OutcomeClass | null {
  if (typeof status !== 'string') return null;
  return BEGINNINGS.find(([beginning]) => status.startsWith(beginning))?.[1] ?? null;
}

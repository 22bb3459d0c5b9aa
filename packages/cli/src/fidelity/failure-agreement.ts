import { OUTCOME_CLASSES, type OutcomeClass, publishedClass } from './outcome-class.ts';

/** A row whose outcome is published, and ours; null where we cannot express it. */
export interface OutcomePair {
  readonly id: string;
  readonly publishedStatus: string | null;
  readonly estimatedStatus: OutcomeClass | null;
}

export interface FailureAgreement {
  /** Rows by published class, then by ours; `unexpressed` where we have none. */
  readonly matrix: Readonly<Record<OutcomeClass, Readonly<Record<OutcomeClass | 'unexpressed', number>>>>;
  /**
   * Of the gated failures, the share for which we say as published that they do not run (refused or
   * hanging) or run and are silently wrong; null without one.
   */
  readonly recall: number | null;
  /** Ids of the passing rows that we reject. */
  readonly falseRejections: readonly string[];
}

export function failureAgreement(failures: readonly OutcomePair[], passing: readonly OutcomePair[]): FailureAgreement {
  const counts = (): Record<OutcomeClass | 'unexpressed', number> => ({
    pass: 0,
    infeasible: 0,
    hang: 0,
    corrupt: 0,
    unexpressed: 0,
  });
  const matrix = Object.fromEntries(OUTCOME_CLASSES.map((outcome) => [outcome, counts()])) as Record<
    OutcomeClass,
    ReturnType<typeof counts>
  >;
  for (const { publishedStatus, estimatedStatus } of [...failures, ...passing]) {
    const published = publishedClass(publishedStatus);
    if (published !== null) matrix[published][estimatedStatus ?? 'unexpressed']++;
  }
  const recalled = failures.filter(
    ({ publishedStatus, estimatedStatus }) =>
      estimatedStatus !== null &&
      estimatedStatus !== 'pass' &&
      isWrong(estimatedStatus) === isWrong(publishedClass(publishedStatus)),
  );
  return {
    matrix,
    recall: failures.length === 0 ? null : recalled.length / failures.length,
    falseRejections: passing
      .filter(({ estimatedStatus }) => estimatedStatus !== null && estimatedStatus !== 'pass')
      .map(({ id }) => id),
  };
}

function isWrong(outcome: OutcomeClass | null): boolean {
  return outcome === 'corrupt';
}

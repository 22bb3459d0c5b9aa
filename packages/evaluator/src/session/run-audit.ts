import type { DispatchId, FailureKind, GateFailure, Program, Timing } from '@tilewright/spec';

/** The arguments of a dispatch before and after one run, in the program's order. */
export interface Recording {
  readonly program: Program;
  readonly before: readonly Uint8Array[];
  readonly after: readonly Uint8Array[];
}

/** Times that runs of one dispatch reported. */
export interface ReportedTimes {
  readonly kinds: ReadonlySet<Timing['kind']>;
  readonly runs: number;
  readonly shortestUs: number;
  readonly longestUs: number;
  /** A time whose parts do not add up to it, if there was one. */
  readonly unequalParts: { readonly us: number; readonly parts: number } | null;
}

/** What was seen of a target while it ran: the books that gates `runs`, `literal` and `time` are made from. */
export class RunAudit {
  readonly seed: number;
  runs: number = 0;
  /** Elements that were poisoned before a run and looked at after it. */
  poisonedElements: number = 0;
  readonly probed: Set<DispatchId> = new Set<DispatchId>();
  readonly recordings: Map<DispatchId, Recording> = new Map<DispatchId, Recording>();
  readonly #failures = new Map<string, { failure: GateFailure; times: number }>();
  readonly #answers = new Map<string, string>();
  readonly #times = new Map<DispatchId, ReportedTimes>();

  constructor(seed: number) {
    this.seed = seed;
  }

  /** Books what is wrong with a run; the same at the same place is booked once, with its count. */
  fail(kind: FailureKind, subject: string, message: string, value: number | null = null): void {
    const key = `${kind}\n${subject}\n${message}`;
    const times = (this.#failures.get(key)?.times ?? 0) + 1;
    this.#failures.set(key, { failure: { kind, subject, message, limit: value === null ? null : 0, value }, times });
  }

  /**
   * Notes which inputs the outputs of a run came from, by their prints. The same outputs, all of them, from inputs
   * that are not the same are an answer from memory.
   */
  answered(dispatch: DispatchId, outputsPrint: string, inputsPrint: string): void {
    const key = `${dispatch}\n${outputsPrint}`;
    const earlier = this.#answers.get(key);
    if (earlier === undefined) this.#answers.set(key, inputsPrint);
    else if (earlier !== inputsPrint) {
      this.fail('stale-output', dispatch, 'its outputs are to the bit those of an earlier run with other inputs');
    }
  }

  timed(dispatch: DispatchId, { kind, us, parts }: Timing): void {
    const before = this.#times.get(dispatch);
    const partsUs = parts.reduce((sum, part) => sum + part.us, 0);
    const isUnequal = kind === 'estimate' && !(Math.abs(partsUs - us) <= 0.01 * Math.abs(us));
    this.#times.set(dispatch, {
      kinds: new Set([...(before?.kinds ?? []), kind]),
      runs: (before?.runs ?? 0) + 1,
      // Math.min and Math.max keep a NaN, which no later run can make good.
      shortestUs: Math.min(before?.shortestUs ?? us, us),
      longestUs: Math.max(before?.longestUs ?? us, us),
      unequalParts: before?.unequalParts ?? (isUnequal ? { us, parts: partsUs } : null),
    });
  }

  get times(): ReadonlyMap<DispatchId, ReportedTimes> {
    return this.#times;
  }

  get failures(): readonly GateFailure[] {
    return [...this.#failures.values()].map(({ failure, times }) => ({
      ...failure,
      message: times > 1 ? `${failure.message} (${times} times)` : failure.message,
    }));
  }
}

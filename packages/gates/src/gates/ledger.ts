import type { FailureKind, GateComparison, GateFailure, GateFigure, GateReport, Tensor } from '@tilewright/spec';
import { type Policy, policyDigest } from '../policy/policy.ts';
import { worstOf } from '../statistics/statistics-of.ts';
import type { ExpectedTap, Section } from './expected-tap.ts';
import type { GateRequest } from './gate-request.ts';
import { judge } from './judge.ts';

/** The order in which failures are looked for, and reported. */
const KINDS: readonly FailureKind[] = [
  'shape-mismatch',
  'missing-comparison',
  'sentinel-overwritten',
  'stale-output',
  'non-finite',
  'tolerance-exceeded',
  'divergence',
  'unsupported',
  'not-on-device',
  'implausible-time',
  'runtime-fault',
];

/** Too little was compared, or could be: no accusation, and no pass. */
const INCONCLUSIVE: ReadonlySet<FailureKind> = new Set(['missing-comparison', 'unsupported']);

interface Deviation {
  readonly order: number;
  readonly layer: number | null;
  readonly kernel: string;
  readonly section: string;
}

/** The books of one gate: what it planned to compare, what it compared, and what it found. */
export class Ledger {
  readonly #gate: string;
  readonly #phase: number;
  readonly #policy: Policy;
  readonly #request: Pick<GateRequest, 'seeds' | 'subjects' | 'onProgress'>;
  readonly #started: number = performance.now();
  readonly #comparisons = new Map<string, GateComparison>();
  readonly #failures = new Map<string, { failure: GateFailure; order: number; times: number }>();
  readonly #figures: GateFigure[] = [];
  readonly #planned: number;
  #made = 0;
  #elements = 0;
  #first: Deviation | null = null;

  constructor(
    gate: string,
    phase: number,
    planned: number,
    policy: Policy,
    request: Pick<GateRequest, 'seeds' | 'subjects' | 'onProgress'>,
  ) {
    this.#gate = gate;
    this.#phase = phase;
    this.#planned = planned;
    this.#policy = policy;
    this.#request = request;
  }

  /** Compares one tap and books the result. `order` is its place in the execution. Tells whether it passed. */
  compare(section: Section, order: number, expected: ExpectedTap, ours: Tensor, reference: Tensor): boolean {
    const subject = `${section} ${expected.name}`;
    const { statistics, failures } = judge(subject, ours, reference, expected.tolerance);
    this.#made++;
    this.#elements += statistics?.count ?? 0;
    const passed = failures.length === 0;
    if (statistics) {
      const earlier = this.#comparisons.get(subject);
      this.#comparisons.set(subject, {
        subject,
        rule: expected.rule,
        statistics: earlier ? worstOf(earlier.statistics, statistics) : statistics,
        passed: passed && (earlier?.passed ?? true),
      });
    }
    for (const failure of failures) this.fail(failure, rank(section, order));
    if (!passed) this.deviates(section, order, expected);
    this.#request.onProgress?.({ gate: this.#gate, subject, made: this.#made, planned: this.#planned });
    return passed;
  }

  /** Books comparisons that were made elsewhere. */
  count(made: number, elements: number): void {
    this.#made += made;
    this.#elements += elements;
  }

  /** Notes where the deployment left its tolerance; the first place in execution order is kept. */
  deviates(section: Section, order: number, { layer, kernel }: Pick<ExpectedTap, 'layer' | 'kernel'>): void {
    const place = rank(section, order);
    if (this.#first === null || place < this.#first.order) this.#first = { order: place, layer, kernel, section };
  }

  /** A value that was planned and never came. */
  misses(section: Section, order: number, expected: ExpectedTap): void {
    const subject = `${section} ${expected.name}`;
    const message = 'the deployment did not deliver it';
    this.fail({ kind: 'missing-comparison', subject, message, limit: null, value: null }, rank(section, order));
  }

  /** Books a failure. Of several with the same kind, subject and message, the worst value is kept. */
  fail(failure: GateFailure, order: number): void {
    const key = `${failure.kind} ${failure.subject} ${failure.message}`;
    const earlier = this.#failures.get(key);
    const isWorse = earlier === undefined || isFurtherOut(failure, earlier.failure);
    this.#failures.set(key, {
      failure: isWorse ? failure : earlier.failure,
      order: Math.min(order, earlier?.order ?? order),
      times: (earlier?.times ?? 0) + 1,
    });
  }

  /** Books a figure; beyond its limit it is a failure of the given kind. */
  figure(figure: GateFigure, kind: FailureKind, order: number): void {
    this.#figures.push(figure);
    const { limit, value } = figure;
    if (limit === null || (limit.at === 'most' ? value <= limit.value : value >= limit.value)) return;
    const message = `at ${limit.at} ${limit.value} ${figure.unit} allowed`;
    this.fail({ kind, subject: figure.name, message, limit: limit.value, value: numberOrNull(value) }, order);
  }

  get hasFailed(): boolean {
    return this.#failures.size > 0;
  }

  report(): GateReport {
    if (this.#made < this.#planned) {
      const message = `${this.#made} of ${this.#planned} planned comparisons were made`;
      const failure = { kind: 'missing-comparison' as const, subject: this.#gate, message };
      this.fail({ ...failure, limit: this.#planned, value: this.#made }, Number.MAX_SAFE_INTEGER);
    }
    const failures = [...this.#failures.values()]
      .sort((a, b) => KINDS.indexOf(a.failure.kind) - KINDS.indexOf(b.failure.kind) || a.order - b.order)
      .map(({ failure, times }) => ({
        ...failure,
        message: times > 1 ? `${failure.message} (${times} times)` : failure.message,
      }));
    const verdict =
      failures.length === 0 ? 'pass' : failures.every(({ kind }) => INCONCLUSIVE.has(kind)) ? 'inconclusive' : 'fail';
    const first = this.#first && { layer: this.#first.layer, kernel: this.#first.kernel, section: this.#first.section };
    return {
      specificationVersion: 'v1',
      gate: this.#gate,
      phase: this.#phase,
      verdict,
      summary: summarise(verdict, this.#made, this.#planned, failures, first),
      policyDigest: policyDigest(this.#policy),
      evidence: {
        plannedComparisons: this.#planned,
        madeComparisons: this.#made,
        comparedElements: this.#elements,
        seeds: this.#request.seeds,
        subjects: this.#request.subjects,
        elapsedMs: performance.now() - this.#started,
      },
      comparisons: [...this.#comparisons.values()],
      figures: this.#figures,
      failures,
      firstDeviation: first,
    };
  }
}

/** Execution order across sections: the whole prefill comes before any decode step. */
function rank(section: Section, order: number): number {
  return (section === 'prefill' ? 0 : 1e9) + order;
}

function isFurtherOut(failure: GateFailure, than: GateFailure): boolean {
  if (failure.value === null || than.value === null || failure.limit === null) return false;
  return Math.abs(failure.value - failure.limit) > Math.abs(than.value - failure.limit);
}

function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function summarise(
  verdict: GateReport['verdict'],
  made: number,
  planned: number,
  failures: readonly GateFailure[],
  first: GateReport['firstDeviation'],
): string {
  if (verdict === 'pass') return `${made} comparisons, all within tolerance`;
  const head = failures[0] as GateFailure;
  const figures = head.value === null || head.limit === null ? '' : ` (${head.value}, limit ${head.limit})`;
  const place = first
    ? `first deviation at ${first.kernel}${first.layer === null ? '' : ` of layer ${first.layer}`} in ${first.section}; `
    : '';
  return `${place}${head.subject}: ${head.message}${figures}; ${made} of ${planned} comparisons made`;
}

import { digest } from '@tilewright/gates';
import type { GateReport, PhaseRecord, Plan } from '@tilewright/spec';
import { type LoopOutcome, runPhaseLoop } from '../loop/phase-loop.ts';
import { reportWithoutGate } from '../loop/report-without-gate.ts';
import type { OraclePhase, PhaseContext, PlanPhase } from '../phase/phase-definition.ts';
import type { Journal } from '../workspace/journal.ts';
import type { DeployRequest } from './deploy-request.ts';
import { type Digests, gateHolds, subjectsOf } from './holds.ts';
import type { Workbench } from './workbench.ts';

export interface PhaseRun {
  readonly phase: OraclePhase | PlanPhase;
  readonly request: DeployRequest;
  readonly context: Omit<PhaseContext, 'onProgress' | 'onStep' | 'subjects'>;
  readonly workbench: Workbench;
  readonly journal: Journal;
  readonly digests: Digests;
}

export type PhaseEnd =
  | { readonly status: 'passed'; readonly reason: null }
  | { readonly status: 'failed' | 'waiting'; readonly reason: string };

const DEFAULT_MAX_DECISIONS = 32;
/** How often a reviewer may send a phase back in one run. */
const MAX_REDIRECTIONS = 8;

interface Attempt {
  readonly kind: LoopOutcome['kind'];
  readonly report: GateReport;
  readonly reason: string;
}

/**
 * Runs one phase to its end: gate, agent and skills until it passes or nobody knows how, then the
 * reviewer. A gate that passed in an earlier run and waits for its review is not run again. A reviewer can
 * hold up, send back or reject what passed, and answer a question; passing what failed is beyond a reviewer.
 */
export async function runPhase(run: PhaseRun): Promise<PhaseEnd> {
  const { phase, request, journal, digests } = run;
  const clock = phaseClock(run);
  request.onEvent?.({ kind: 'phase-started', phase: phase.phase, title: phase.title });
  let instruction: string | null = null;
  let waiting = gateHolds(journal, phase, digests) ? journal.report(phase.phase) : null;
  for (let turn = 0; turn <= MAX_REDIRECTIONS; turn++) {
    const attempt: Attempt = waiting
      ? { kind: 'passed', report: waiting, reason: waiting.summary }
      : await attemptPhase(run, clock, instruction);
    waiting = null;
    const { kind, report, reason } = attempt;
    if (kind === 'failed') return finish(run, clock, attempt, 'failed', reason);

    const title = kind === 'asks' ? `${phase.title}: ${reason}` : phase.title;
    const review = await request.reviewer.review(
      { phase: phase.phase, title, report },
      request.signal ? { signal: request.signal } : {},
    );
    switch (review.kind) {
      case 'approve':
        if (kind === 'passed') return finish(run, clock, attempt, 'passed', null);
        return finish(run, clock, attempt, 'failed', reason);
      case 'reject':
        return finish(run, clock, attempt, 'failed', `Rejected by the reviewer: ${review.reason}`);
      case 'wait':
        return finish(run, clock, attempt, 'waiting', kind === 'asks' ? reason : 'The result waits for its review.');
      case 'redirect':
        instruction = review.instruction;
        clock.step(`is sent back by the reviewer: ${instruction}`);
    }
  }
  const reason = `Sent back ${MAX_REDIRECTIONS} times.`;
  const report = journal.report(phase.phase) ?? emptyReport(run, reason, null);
  return finish(run, clock, { kind: 'asks', report, reason }, 'waiting', reason);
}

interface PhaseClock {
  elapsedMs(): number;
  step(step: string): void;
}

function phaseClock({ phase, request, journal }: PhaseRun): PhaseClock {
  const before = journal.record(phase.phase)?.elapsedMs ?? 0;
  const started = performance.now();
  const sinceStart = (): number => performance.now() - started;
  return {
    elapsedMs: () => before + sinceStart(),
    step: (step) => request.onEvent?.({ kind: 'step', phase: phase.phase, step, elapsedMs: sinceStart() }),
  };
}

async function attemptPhase(run: PhaseRun, clock: PhaseClock, instruction: string | null): Promise<Attempt> {
  const { phase, request, context, workbench, journal, digests } = run;
  await journal.savePhase(record(run, clock, 'running'), null, null);
  const full = (subjects: Readonly<Record<string, string>>): PhaseContext => ({
    ...context,
    subjects,
    onStep: (step) => clock.step(step),
    onProgress: (progress) =>
      request.onEvent?.({ kind: 'gate-progress', phase: phase.phase, progress, elapsedMs: clock.elapsedMs() }),
  });
  if (!phase.needsPlan) {
    const report = await phase.run(full(subjectsOf(journal, phase, digests)));
    return { kind: report.verdict === 'pass' ? 'passed' : 'failed', report, reason: report.summary };
  }
  const outcome = await runPhaseLoop({
    phase: phase.phase,
    plan: journal.plan as Plan,
    device: request.target.device,
    agent: request.agent,
    skills: request.skills,
    instruction,
    maxDecisions: request.maxDecisions ?? DEFAULT_MAX_DECISIONS,
    build: (plan) => workbench.build(plan),
    gate: (deployed, plan) => phase.run(full({ ...subjectsOf(journal, phase, digests), plan: digest(plan) }), deployed),
    profile: (plan) => workbench.profile(plan),
    recordLesson: (lesson, evidence) => journal.saveLesson(lesson, evidence),
    onStep: (step) => clock.step(step),
    ...(request.signal && { signal: request.signal }),
  });
  // Only a plan that passed is kept; one that did not stays in the steps that were told.
  if (outcome.kind === 'passed' && outcome.plan !== journal.plan) await journal.savePlan(outcome.plan);
  return {
    kind: outcome.kind,
    report: outcome.report ?? emptyReport(run, outcome.reason, outcome),
    reason: outcome.reason,
  };
}

function emptyReport({ phase, journal, digests }: PhaseRun, reason: string, outcome: LoopOutcome | null): GateReport {
  const subjects = subjectsOf(journal, phase, digests);
  return reportWithoutGate(phase.phase, phase.gate, reason, outcome?.failure ?? null, digests.policy, subjects);
}

function record({ phase }: PhaseRun, clock: PhaseClock, status: PhaseRecord['status']): Omit<PhaseRecord, 'report'> {
  return { phase: phase.phase, title: phase.title, status, elapsedMs: clock.elapsedMs() };
}

async function finish(
  run: PhaseRun,
  clock: PhaseClock,
  { report }: Attempt,
  status: 'passed' | 'failed' | 'waiting',
  reason: string | null,
): Promise<PhaseEnd> {
  const { phase, request, journal } = run;
  const shown = status === 'failed' && report.verdict === 'inconclusive' ? 'inconclusive' : status;
  await journal.savePhase(record(run, clock, shown), report, reason);
  const { title } = phase;
  request.onEvent?.({
    ...{ kind: 'phase-finished', phase: phase.phase, title, status: shown },
    ...{ report, elapsedMs: clock.elapsedMs() },
  });
  return status === 'passed' ? { status, reason: null } : { status, reason: reason ?? report.summary };
}

import { digest } from '@tilewright/gates';
import {
  type GateReport,
  type LessonOrigin,
  type PhaseRecord,
  type Plan,
  type Review,
  type SkillText,
  TilewrightError,
} from '@tilewright/spec';
import { harvest } from '../harvest/harvest.ts';
import { curedLesson, mendedLesson, notedLesson } from '../lessons/harvest-lessons.ts';
import type { AgentRequest } from '../loop/ask-agent.ts';
import { type LoopOutcome, runPhaseLoop } from '../loop/phase-loop.ts';
import { reportWithoutGate } from '../loop/report-without-gate.ts';
import { runWatchedGate } from '../loop/run-watched-gate.ts';
import { attemptGate } from '../optimize/attempt-gate.ts';
import { runOptimizationLoop } from '../optimize/optimization-loop.ts';
import { optimizationReport } from '../optimize/optimization-report.ts';
import { attemptsThrough } from '../optimize/replay-attempts.ts';
import type { PhaseContext } from '../phase/phase-context.ts';
import type { OptimizationPhase, Phase, ValidationPhase } from '../phase/phase-definition.ts';
import type { Transcript } from '../transcript/transcript.ts';
import type { Journal } from '../workspace/journal.ts';
import type { DeployRequest } from './deploy-request.ts';
import { type Digests, gateHolds, subjectsOf } from './holds.ts';
import { type PhaseClock, phaseClock } from './phase-clock.ts';
import { phaseSession } from './phase-session.ts';
import type { Workbench } from './workbench.ts';

export interface PhaseRun {
  readonly phase: Phase;
  readonly request: DeployRequest;
  readonly context: Omit<PhaseContext, 'onProgress' | 'onStep' | 'subjects'>;
  readonly workbench: Workbench;
  readonly journal: Journal;
  readonly transcript: Transcript;
  readonly digests: Digests;
  readonly skills: readonly SkillText[];
  /** Where lessons of this deployment are learnt. */
  readonly origin: LessonOrigin;
}

export type PhaseEnd =
  | { readonly status: 'passed'; readonly reason: null }
  | { readonly status: 'failed' | 'waiting'; readonly reason: string };

const DEFAULT_MAX_DECISIONS = { validation: 32, optimization: 100 };
/** How often a reviewer may send a phase back in one run. */
const MAX_REDIRECTIONS = 8;

interface Attempt {
  readonly kind: LoopOutcome['kind'];
  readonly report: GateReport;
  readonly reason: string;
}

/**
 * Runs one phase to its end: gate, agent and skills until it passes or nobody knows how, then the
 * reviewer. A gate that passed in an earlier run and waits for its review is not run again; an answer that a
 * human has recorded since counts before the reviewer is asked. A reviewer can hold up, send back or reject what
 * passed, and answer a question; passing what failed is beyond a reviewer.
 */
export async function runPhase(run: PhaseRun): Promise<PhaseEnd> {
  const { phase, request, journal, digests } = run;
  const clock = phaseClock(run);
  request.onEvent?.({ kind: 'phase-started', phase: phase.phase, title: phase.title });
  let instruction: string | null = null;
  const stored = journal.report(phase.phase);
  let recorded: Review | null = journal.review(phase.phase);
  if (recorded?.kind === 'reject' && stored !== null) {
    const reason = `Rejected by the reviewer: ${recorded.reason}`;
    return finish(run, clock, { kind: 'asks', report: stored, reason }, 'failed', reason);
  }
  let waiting = gateHolds(journal, phase, digests) ? stored : null;
  if (waiting === null && recorded?.kind === 'redirect') {
    instruction = recorded.instruction;
    clock.step(`goes on with what the reviewer said: ${instruction}`);
  }
  if (waiting === null) recorded = null;
  for (let turn = 0; turn <= MAX_REDIRECTIONS; turn++) {
    const attempt: Attempt = waiting
      ? { kind: 'passed', report: waiting, reason: waiting.summary }
      : await attemptPhase(run, clock, instruction);
    waiting = null;
    const { kind, report, reason } = attempt;
    if (kind === 'failed') return finish(run, clock, attempt, 'failed', reason);

    const title = kind === 'asks' ? `${phase.title}: ${reason}` : phase.title;
    const review: Review = recorded ?? (await askReviewer(run, { phase: phase.phase, title, report }));
    recorded = null;
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

function askReviewer(
  { request }: PhaseRun,
  checkpoint: { readonly phase: number; readonly title: string; readonly report: GateReport },
): Promise<Review> {
  return request.reviewer.review(checkpoint, request.signal ? { signal: request.signal } : {});
}

/** One attempt at a phase, from its line in the transcript to the one that says how it ended. */
async function attemptPhase(run: PhaseRun, clock: PhaseClock, instruction: string | null): Promise<Attempt> {
  const { journal, transcript } = run;
  const { phase } = run.phase;
  const planDigest = (): string => digest(journal.planAfter(phase));
  await journal.savePhase(record(run, clock, 'running'), null, null);
  await transcript.add({ kind: 'phase-started', phase, planDigest: planDigest() });
  try {
    const attempt = await runAttempt(run, clock, instruction);
    const { kind: outcome, reason } = attempt;
    await transcript.add({ kind: 'phase-ended', phase, outcome, reason, planDigest: planDigest() });
    return attempt;
  } catch (error) {
    // What was interrupted goes on with what it has used; where the disk is what failed, this fails too.
    if (isInterruption(error)) await journal.savePhase(record(run, clock, 'running'), null, null).catch(() => {});
    throw error;
  }
}

function isInterruption(error: unknown): boolean {
  return TilewrightError.isInstance(error) && (error.code === 'aborted' || error.code === 'agent-failed');
}

async function runAttempt(run: PhaseRun, clock: PhaseClock, instruction: string | null): Promise<Attempt> {
  const { phase, request, journal, digests } = run;
  const subjects = subjectsOf(journal, phase, digests);
  switch (phase.kind) {
    case 'oracle':
      return judged(await phase.run(fullContext(run, clock, subjects)));
    case 'harvest': {
      const { target, workspace, lessons } = request;
      const report = await harvest({
        ...{ workspace, journal, workbench: run.workbench, origin: run.origin, subjects },
        ...{ plan: journal.plan as Plan, device: target.device, store: lessons ?? null },
        ...{ policyDigest: digests.policy, onStep: (step) => clock.step(step) },
      });
      return judged(report);
    }
    case 'validation':
      return ended(run, await validate(run, phase, clock, instruction));
    case 'optimization':
      return ended(run, await optimize(run, phase, clock, instruction));
  }
}

function judged(report: GateReport): Attempt {
  return { kind: report.verdict === 'pass' ? 'passed' : 'failed', report, reason: report.summary };
}

function ended(run: PhaseRun, outcome: LoopOutcome): Attempt {
  const { kind, report, reason } = outcome;
  return { kind, report: report ?? emptyReport(run, reason, outcome), reason };
}

async function validate(
  run: PhaseRun,
  phase: ValidationPhase,
  clock: PhaseClock,
  instruction: string | null,
): Promise<LoopOutcome> {
  const { request, workbench, journal, digests, origin } = run;
  const subjects = subjectsOf(journal, phase, digests);
  const outcome = await runPhaseLoop({
    ...agentRequest(run, clock, instruction),
    plan: journal.baseline as Plan,
    skills: request.skills,
    maxDecisions: request.maxDecisions ?? DEFAULT_MAX_DECISIONS.validation,
    build: (plan) => workbench.build(plan),
    gate: (deployed, plan) => phase.run(fullContext(run, clock, { ...subjects, plan: digest(plan) }), deployed),
    profile: (plan) => workbench.profile(plan),
    recordLesson: (lesson, evidence) => note(run, lesson, evidence),
  });
  // Only a plan that passed is kept; one that did not stays in the steps that were told.
  if (outcome.kind === 'passed' && outcome.plan !== journal.baseline) await journal.saveBaseline(outcome.plan);
  const now = new Date().toISOString();
  const cured = outcome.cures.map((finding) => curedLesson(finding, phase.phase, origin, now));
  const mended = outcome.mended.map((one) => ({ one, lesson: mendedLesson(one, phase.phase, origin, now) }));
  for (const { one, lesson } of mended) {
    await journal.saveCure({ specificationVersion: 'v1', lesson: lesson.id, phase: phase.phase, ...one });
  }
  const lessons = [...cured, ...mended.map(({ lesson }) => lesson)];
  if (lessons.length > 0) await journal.saveLessons(lessons);
  return outcome;
}

async function optimize(
  run: PhaseRun,
  phase: OptimizationPhase,
  clock: PhaseClock,
  instruction: string | null,
): Promise<LoopOutcome> {
  const { request, workbench, journal, digests } = run;
  const { objective, phase: number } = phase;
  const subjects = subjectsOf(journal, phase, digests);
  const context = (plan: Plan): PhaseContext => fullContext(run, clock, { ...subjects, plan: digest(plan) });
  const first = journal.planAfter(number - 1) as Plan;
  return runOptimizationLoop({
    ...agentRequest(run, clock, instruction),
    objective,
    baseline: journal.baseline as Plan,
    attempts: attemptsThrough(journal.attempts, number),
    skills: request.skills,
    maxDecisions: request.maxDecisions ?? DEFAULT_MAX_DECISIONS.optimization,
    time: (plan) => workbench.time(plan),
    gate: async (plan, edits) =>
      runWatchedGate(await workbench.build(plan), (deployed) => attemptGate(context(plan), number, deployed, edits)),
    finalGate: async (plan, attempts) => {
      const [before, after] = [await workbench.time(first), await workbench.time(plan)];
      return runWatchedGate(await workbench.build(plan), async (deployed) =>
        optimizationReport(
          await phase.run(context(plan), deployed),
          { gate: phase.gate, phase: number },
          objective,
          { before, after },
          attempts,
        ),
      );
    },
    saveAttempt: (attempt, plan) => journal.saveAttempt(attempt, plan),
    recordLesson: (lesson, evidence) => note(run, lesson, evidence),
  });
}

function agentRequest(run: PhaseRun, clock: PhaseClock, instruction: string | null): AgentRequest {
  const { phase, request, journal, origin } = run;
  return {
    session: phaseSession(run, clock),
    phase: phase.phase,
    device: request.target.device,
    agent: request.agent,
    instruction,
    lessons: journal.given ?? [],
    origin,
    onStep: (step) => clock.step(step),
    onIssue: (issue) => journal.saveIssue(phase.phase, issue),
    ...(request.signal && { signal: request.signal }),
  };
}

function fullContext(
  { phase, request, context }: PhaseRun,
  clock: PhaseClock,
  subjects: Readonly<Record<string, string>>,
): PhaseContext {
  return {
    ...context,
    subjects,
    onStep: (step) => clock.step(step),
    onProgress: (progress) =>
      request.onEvent?.({ kind: 'gate-progress', phase: phase.phase, progress, elapsedMs: clock.elapsedMs() }),
  };
}

function note({ phase, journal, origin }: PhaseRun, lesson: string, evidence: readonly string[]): Promise<void> {
  return journal.saveLessons([notedLesson(lesson, evidence, phase.phase, origin, new Date().toISOString())]);
}

function emptyReport({ phase, journal, digests }: PhaseRun, reason: string, outcome: LoopOutcome | null): GateReport {
  const subjects = subjectsOf(journal, phase, digests);
  return reportWithoutGate(phase.phase, phase.gate, reason, outcome?.failure ?? null, digests.policy, subjects);
}

function record(
  { phase }: PhaseRun,
  clock: PhaseClock,
  status: PhaseRecord['status'],
): Omit<PhaseRecord, 'report' | 'agent'> {
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

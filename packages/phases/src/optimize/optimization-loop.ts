import { digest } from '@tilewright/gates';
import { invertEdits } from '@tilewright/kernel-registry';
import {
  type Decision,
  type GateReport,
  type OptimizationAttempt,
  type Plan,
  type PlanEdit,
  type Skill,
  throwIfAborted,
} from '@tilewright/spec';
import { type AgentRequest, askAgent, endSession } from '../loop/ask-agent.ts';
import { collectSteps } from '../loop/collect-steps.ts';
import { type Advice, consultSkills, findingLine } from '../loop/consult-skills.ts';
import { type Effect, FutileDecisions } from '../loop/futile-decisions.ts';
import type { LoopOutcome } from '../loop/phase-loop.ts';
import { failureLine, type GateResult } from '../loop/run-watched-gate.ts';
import { isFaster } from '../time/plan-timing.ts';
import { REVERT, replayAttempts, standingAttempts } from './replay-attempts.ts';
import { type FailedPlan, type TrialResult, type TrialTools, tryEdits } from './try-edits.ts';

export interface OptimizationRequest extends AgentRequest, TrialTools {
  readonly skills: readonly Skill[];
  /** The plan that the first of all attempts was made on. */
  readonly baseline: Plan;
  /** What was tried before, in this and earlier phases, also in runs that were interrupted. */
  readonly attempts: readonly OptimizationAttempt[];
  /** Decisions after which the phase is closed with what has been kept. */
  readonly maxDecisions: number;
  /** The gate that closes the phase. */
  readonly finalGate: (plan: Plan, attempts: readonly OptimizationAttempt[]) => Promise<GateResult>;
  /** Makes an attempt survive, with the plan that stands after it. */
  readonly saveAttempt: (attempt: OptimizationAttempt, plan: Plan) => Promise<void>;
  readonly recordLesson: (lesson: string, evidence: readonly string[]) => Promise<void>;
}

interface OptimizationState {
  /** The plan that stands: what was kept. */
  plan: Plan;
  attempts: readonly OptimizationAttempt[];
  readonly reports: GateReport[];
  /** Of the plan that stands, when the closing gate has run. */
  failure: GateResult['failure'];
  /** The attempt before, if it was taken back for a failure: findings are about it. */
  rejected: (FailedPlan & { readonly attempt: OptimizationAttempt }) | null;
  /** Lessons that the agent has recorded in this run. */
  readonly recorded: Set<string>;
}

/** What an attempt says of itself before it is made. */
type Candidate = Pick<
  OptimizationAttempt,
  'proposal' | 'skill' | 'summary' | 'reason' | 'cites' | 'edits' | 'expectedGainUs'
>;

/**
 * Phases 4 and 5: the agent tries one change after another. Each is kept only if the time falls enough and the
 * gate still passes, and otherwise taken back; either way it is recorded before the next. The closing gate ends
 * the phase; where it fails, the agent may take back what it kept, and at a limit that is done without it. Findings are about the attempt that was
 * taken back last, and applying one tries it again with the cure.
 */
export async function runOptimizationLoop(loop: OptimizationRequest): Promise<LoopOutcome> {
  const { request, takeSteps } = collectSteps(loop);
  const replayed = replayAttempts(request.baseline, request.attempts);
  const state: OptimizationState = { ...replayed, reports: [], failure: null, rejected: null, recorded: new Set() };
  const mayBeAsked = (request.session?.limit() ?? null) === null;
  if (mayBeAsked) state.rejected = await lastFailure(request, state);
  const futile = new FutileDecisions();
  const end = (kind: LoopOutcome['kind'], reason: string): LoopOutcome => {
    const { plan, reports, failure } = state;
    return { kind, plan, report: reports.at(-1) ?? null, failure, reason, cures: [], mended: [] };
  };
  for (let turn = 0; turn < request.maxDecisions; turn++) {
    throwIfAborted(request.signal);
    const timing = await request.time(state.plan);
    const advice = await advise(request, state);
    const view = { ...state, steps: takeSteps(), profile: timing.profile, ...advice };
    const asked = await askAgent(request, view, turn);
    if (asked.kind === 'limit') return endAtLimit(asked.reason);
    let effect: Effect = 'none';
    if (asked.kind === 'decision') {
      const { decision } = asked;
      switch (decision.kind) {
        case 'ask-human':
          return end('asks', decision.question);
        case 'run-gate': {
          // The plan that stands has failed it already.
          effect = state.failure === null ? 'new' : 'none';
          const { report, failure } = await close(request, state);
          if (failure === null) return end('passed', report.summary);
          break;
        }
        case 'give-up':
          request.onStep(`the agent stops: ${decision.reason}`);
          return finishWithout(decision.reason);
        default:
          effect = await act(request, state, advice, decision);
      }
    }
    const circling = futile.after(effect);
    if (circling !== null) return endAtLimit(circling);
  }
  return endAtLimit(`${request.maxDecisions} decisions were made.`);

  /** Ends without the agent: what was kept stands if the closing gate lets it. */
  async function finishWithout(reason: string): Promise<LoopOutcome> {
    if (state.failure !== null) return end('failed', reason);
    const { report, failure } = await close(request, state);
    return failure === null ? end('passed', report.summary) : end('failed', `${reason} ${failureLine(failure)}`);
  }

  /** Ends with the best plan that passes: where what was kept does not, it is taken back, the last first. */
  async function endAtLimit(limit: string): Promise<LoopOutcome> {
    endSession(request, limit);
    for (;;) {
      throwIfAborted(request.signal);
      const outcome = await finishWithout(limit);
      if (outcome.kind === 'passed' || standingAttempts(state.attempts, request.phase).length === 0) return outcome;
      await takeBack(request, state, 'the gate does not pass');
    }
  }
}

type Action = Exclude<Decision, { readonly kind: 'run-gate' | 'ask-human' | 'give-up' }>;

async function act(
  request: OptimizationRequest,
  state: OptimizationState,
  advice: Advice,
  decision: Action,
): Promise<Effect> {
  switch (decision.kind) {
    case 'revert':
      return takeBack(request, state, decision.reason);
    case 'record-lesson': {
      request.onStep(`records a lesson: ${decision.lesson}`);
      await request.recordLesson(decision.lesson, decision.evidence);
      const isKnown = state.recorded.has(decision.lesson);
      state.recorded.add(decision.lesson);
      return isKnown ? 'none' : 'neutral';
    }
    case 'profile':
      // Every observation of these phases has the profile of the plan that stands.
      return 'none';
    default: {
      const candidate = candidateOf(request, state, advice, decision);
      return candidate === null ? 'none' : attempt(request, state, candidate);
    }
  }
}

async function close(request: OptimizationRequest, state: OptimizationState): Promise<GateResult> {
  request.onStep(`runs the gate of phase ${request.phase}`);
  const result = await request.finalGate(state.plan, state.attempts);
  state.reports.push(result.report);
  state.failure = result.failure;
  state.rejected = null;
  if (result.failure !== null) {
    await request.onIssue({
      problem: `What was kept one by one does not pass together: ${failureLine(result.failure)}`,
      ...{ diagnosis: [], cure: null, mustAct: 'human' },
    });
  }
  return result;
}

/** Proposals for the plan that stands; findings about what failed last. */
async function advise(request: OptimizationRequest, state: OptimizationState): Promise<Advice> {
  const { phase, device, skills, onStep, onIssue } = request;
  const { profile } = await request.time(state.plan);
  const standing = { phase, plan: state.plan, device, profile, failure: state.failure };
  const failed = state.failure === null && state.rejected !== null ? state.rejected : standing;
  const ofKind = (kind: Skill['kind']): Skill[] => skills.filter((skill) => skill.kind === kind);
  const { proposals, broken } = consultSkills(ofKind('optimization'), standing);
  const debug =
    failed.failure === null
      ? { findings: [], broken: [] }
      : consultSkills(ofKind('debug'), { ...standing, plan: failed.plan, failure: failed.failure });
  for (const { skill, reason } of [...broken, ...debug.broken]) {
    onStep(`the skill ${skill} failed: ${reason}`);
    const problem = `the skill ${skill} failed: ${reason}`;
    await onIssue({ problem, diagnosis: [], cure: null, mustAct: 'author of the skill' });
  }
  return { proposals, findings: debug.findings, broken: [] };
}

type Change = Extract<Decision, { readonly kind: 'try-proposal' | 'author-edits' | 'apply-finding' }>;

function candidateOf(
  { onStep }: OptimizationRequest,
  state: OptimizationState,
  { proposals, findings }: Advice,
  decision: Change,
): Candidate | null {
  const { reason } = decision;
  switch (decision.kind) {
    case 'try-proposal': {
      const proposal = proposals.find(({ id }) => id === decision.proposal);
      if (proposal === undefined) {
        onStep(`there is no proposal ${decision.proposal}`);
        return null;
      }
      const { id, skill, summary, edits, expectedGainUs } = proposal;
      return { proposal: id, skill, summary, reason, cites: decision.cites ?? [], edits, expectedGainUs };
    }
    case 'author-edits': {
      const summary = `The agent's own edits: ${decision.edits.map(editLine).join(', ')}.`;
      const { edits, cites = [] } = decision;
      return { proposal: 'authored', skill: null, summary, reason, cites, edits, expectedGainUs: null };
    }
    case 'apply-finding': {
      const finding = findings[decision.finding];
      if (finding === undefined) {
        onStep(`there is no finding ${decision.finding}`);
        return null;
      }
      const again = state.failure === null ? state.rejected?.attempt : undefined;
      return {
        proposal: again?.proposal ?? `cure:${finding.skill}`,
        skill: again?.skill ?? finding.skill,
        summary: `${again ? `${again.summary} ` : ''}With the cure of ${findingLine(finding)}.`,
        ...{ reason, cites: [], expectedGainUs: again?.expectedGainUs ?? null },
        edits: [...(again?.edits ?? []), ...finding.edits],
      };
    }
  }
}

function editLine(edit: PlanEdit): string {
  return `${edit.kind} in ${edit.section}`;
}

async function attempt(request: OptimizationRequest, state: OptimizationState, candidate: Candidate): Promise<Effect> {
  const { phase, objective, onStep } = request;
  const standing = digest(state.plan);
  const key = digest(candidate.edits);
  const isKnown = state.attempts.some(
    (one) => one.phase === phase && !one.kept && one.planDigest === standing && digest(one.edits) === key,
  );
  if (isKnown) {
    onStep(`${candidate.proposal} was tried on this plan already`);
    return 'none';
  }
  const { failure } = state;
  onStep(`tries ${candidate.proposal}: ${candidate.reason}`);
  const timing = await request.time(state.plan);
  const result = await tryEdits({ plan: state.plan, timing }, candidate.edits, request, failure === null);
  const before = timing[objective];
  const made: OptimizationAttempt = {
    attempt: state.attempts.length + 1,
    phase,
    ...candidate,
    timing: before.kind,
    beforeUs: before.us,
    afterUs: result.afterUs,
    kept: result.kind === 'kept',
    rejection: result.kind === 'kept' ? null : result.rejection,
    planDigest: result.kind === 'kept' ? digest(result.plan) : standing,
  };
  await settle(request, state, made, result);
  if (result.kind === 'rejected') {
    onStep(`takes ${candidate.proposal} back: ${result.rejection}`);
    if (result.failed !== null) state.rejected = { ...result.failed, attempt: made };
    await reportFailure(request, state, candidate, result);
    // Without a time and without a failure there was no plan.
    return result.afterUs === null && result.failed === null ? 'none' : 'new';
  }
  const gain = (100 * (before.us - result.afterUs)) / before.us;
  onStep(
    `keeps ${candidate.proposal}: ${before.us.toFixed(0)} → ${result.afterUs.toFixed(0)} µs, −${gain.toFixed(1)} %`,
  );
  if (failure !== null) state.failure = null;
  return 'new';
}

async function settle(
  request: OptimizationRequest,
  state: OptimizationState,
  made: OptimizationAttempt,
  result: Pick<TrialResult, 'kind'> & { readonly plan?: Plan },
): Promise<void> {
  const plan = result.kind === 'kept' && result.plan !== undefined ? result.plan : state.plan;
  await request.saveAttempt(made, plan);
  state.plan = plan;
  state.attempts = [...state.attempts, made];
  state.rejected = null;
}

/** A change that fails, and is not merely too slow, is a problem of whoever proposed it. */
async function reportFailure(
  request: OptimizationRequest,
  state: OptimizationState,
  { proposal, skill }: Candidate,
  { rejection, failed }: Extract<TrialResult, { readonly kind: 'rejected' }>,
): Promise<void> {
  if (failed === null) return;
  const { findings } = await advise(request, state);
  await request.onIssue({
    problem: `${proposal} fails: ${rejection}`,
    diagnosis: findings.map(findingLine),
    cure: 'The change was taken back.',
    mustAct: skill === null ? 'author of the agent' : 'author of the skill',
  });
}

/** Takes back what was kept last in this phase. Recorded as an attempt, so that the plan follows from the attempts. */
async function takeBack(request: OptimizationRequest, state: OptimizationState, reason: string): Promise<Effect> {
  const last = standingAttempts(state.attempts, request.phase).at(-1);
  if (last === undefined) {
    request.onStep('there is nothing to take back');
    return 'none';
  }
  const earlier = state.attempts.filter(({ attempt: number }) => number < last.attempt);
  const before = replayAttempts(request.baseline, earlier).plan;
  const [now, then] = [await request.time(state.plan), await request.time(before)];
  request.onStep(`takes ${last.proposal} back: ${reason}`);
  const made: OptimizationAttempt = {
    ...{ attempt: state.attempts.length + 1, phase: request.phase, proposal: REVERT, skill: null },
    summary: `Take back attempt ${last.attempt}, ${last.proposal}.`,
    ...{ reason, cites: [], edits: invertEdits(before, last.edits), expectedGainUs: null },
    timing: now[request.objective].kind,
    beforeUs: now[request.objective].us,
    afterUs: then[request.objective].us,
    ...{ kept: true, rejection: null, planDigest: digest(before) },
  };
  await settle(request, state, made, { kind: 'kept', plan: before });
  state.failure = null;
  return 'neutral';
}

/**
 * What the last attempt of an interrupted run failed with, found again: the agent decides about it as it would
 * have then. Null where it was kept, or only not fast enough.
 */
async function lastFailure(
  request: OptimizationRequest,
  { plan, attempts }: OptimizationState,
): Promise<OptimizationState['rejected']> {
  const last = attempts.at(-1);
  if (last === undefined || last.kept || last.phase !== request.phase) return null;
  const timing = await request.time(plan);
  const couldHaveFailed =
    last.afterUs === null ||
    last.timing === 'measurement' ||
    isFaster(timing[request.objective], { kind: 'estimate', us: last.afterUs, samples: [] });
  if (!couldHaveFailed) return null;
  const result = await tryEdits({ plan, timing }, last.edits, request);
  return result.kind === 'rejected' && result.failed !== null ? { ...result.failed, attempt: last } : null;
}

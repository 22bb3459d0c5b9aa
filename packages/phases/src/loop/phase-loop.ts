import { digest } from '@tilewright/gates';
import { applyEdits } from '@tilewright/kernel-registry';
import {
  CompileError,
  type Decision,
  type DeployedModel,
  type Failure,
  type Finding,
  type GateReport,
  type Plan,
  type PlanEdit,
  type Profile,
  type Skill,
  throwIfAborted,
} from '@tilewright/spec';
import type { AgentRequest } from './ask-agent.ts';
import { askAgent, endSession } from './ask-agent.ts';
import { collectSteps } from './collect-steps.ts';
import { type Advice, consultSkills, findingLine } from './consult-skills.ts';
import { type Effect, FutileDecisions } from './futile-decisions.ts';
import { failureOf, isPlanFault } from './plan-fault.ts';
import { failureLine, runWatchedGate } from './run-watched-gate.ts';

export interface LoopRequest extends AgentRequest {
  readonly plan: Plan;
  readonly skills: readonly Skill[];
  /** Decisions after which the phase has failed. */
  readonly maxDecisions: number;
  /** Throws `CompileError`, or `plan-invalid`. The result belongs to the callee. */
  readonly build: (plan: Plan) => Promise<DeployedModel>;
  readonly gate: (deployed: DeployedModel, plan: Plan) => Promise<GateReport>;
  readonly profile: (plan: Plan) => Promise<Profile>;
  readonly recordLesson: (lesson: string, evidence: readonly string[]) => Promise<void>;
}

export interface LoopOutcome {
  readonly kind: 'passed' | 'failed' | 'asks';
  readonly plan: Plan;
  /** The last one; null where no gate could run. */
  readonly report: GateReport | null;
  readonly failure: Failure | null;
  /** The question, or why it ended. */
  readonly reason: string;
  /** Findings whose edits were in the plan when the gate passed. */
  readonly cures: readonly Finding[];
  /** Failures that the agent's own edits got the plan over. */
  readonly mended: readonly Mended[];
}

/** A plan that failed, and edits of the agent's own after which the gate passed, or failed otherwise and passed later. */
export interface Mended {
  readonly plan: Plan;
  readonly failure: Failure;
  readonly edits: readonly PlanEdit[];
}

interface Change {
  readonly before: Plan;
  readonly edits: readonly PlanEdit[];
  /** The finding that it is the cure of; `authored` where nobody proposed it. */
  readonly by: Finding | 'skill' | 'authored';
}

interface LoopState {
  plan: Plan;
  readonly changes: Change[];
  failure: Failure | null;
  profile: Profile | null;
  readonly reports: GateReport[];
  /** Plans on which the gate has been run or could not be, and how they failed. */
  readonly failed: Map<Plan, Failure>;
  /** Digests of plans, of those that were profiled, and of lessons: what is in here is nothing new. */
  readonly seen: Set<string>;
  /** What went wrong, in the order in which it did, with what skills found out about it. */
  readonly problems: Map<string, Set<string>>;
  /** Skills that have been reported as broken. */
  readonly broken: Set<string>;
}

/**
 * One phase: the agent decides, the loop does it, until the gate passes, the agent has no more to try, or
 * it asks. Only the gate can pass a phase. Answers that make no sense cost a decision and change nothing. At a limit the
 * phase ends with the gate, on the plan that stands or, where that fails, on the one that the phase began with.
 */
export async function runPhaseLoop(loop: LoopRequest): Promise<LoopOutcome> {
  const { request, takeSteps } = collectSteps(loop);
  const state: LoopState = {
    ...{ plan: request.plan, changes: [], failure: null, profile: null, reports: [], failed: new Map() },
    ...{ seen: new Set([digest(request.plan)]), problems: new Map(), broken: new Set() },
  };
  const futile = new FutileDecisions();
  const end = async (kind: LoopOutcome['kind'], reason: string): Promise<LoopOutcome> => {
    const cures = kind === 'passed' ? state.changes.flatMap(({ by }) => (typeof by === 'string' ? [] : by)) : [];
    const mended = kind === 'passed' ? mendedBy(state) : [];
    await recordProblems(request, state, kind, cures);
    const { plan, failure, reports } = state;
    const report = failure?.kind === 'gate' ? failure.report : (reports.at(-1) ?? null);
    return { kind, plan, report, failure, reason, cures, mended };
  };
  for (let attempt = 0; attempt < request.maxDecisions; attempt++) {
    const advice = await advise(request, state);
    const asked = await askAgent(request, { ...state, steps: takeSteps(), attempts: [], ...advice }, attempt);
    if (asked.kind === 'limit') return endAtLimit(asked.reason);
    let effect: Effect = 'none';
    if (asked.kind === 'decision') {
      const { decision } = asked;
      switch (decision.kind) {
        case 'run-gate': {
          effect = state.failed.has(state.plan) ? 'none' : 'new';
          const report = await runGate(request, state);
          if (report?.verdict === 'pass') return end('passed', report.summary);
          break;
        }
        case 'ask-human':
          return end('asks', decision.question);
        case 'give-up':
          return end('failed', decision.reason);
        default:
          effect = await act(request, state, advice, decision);
      }
    }
    const circling = futile.after(effect);
    if (circling !== null) return endAtLimit(circling);
  }
  return endAtLimit(`${request.maxDecisions} decisions did not get through the gate.`);

  async function endAtLimit(limit: string): Promise<LoopOutcome> {
    endSession(request, limit);
    for (;;) {
      throwIfAborted(request.signal);
      if (!state.failed.has(state.plan)) {
        const report = await runGate(request, state);
        if (report?.verdict === 'pass') return end('passed', report.summary);
        // A change that left no plan to run was taken back.
        if (!state.failed.has(state.plan)) continue;
      }
      if (state.changes.length === 0) break;
      request.onStep('goes back to the plan that the phase began with');
      state.changes.length = 0;
      state.plan = request.plan;
    }
    state.failure = state.failed.get(state.plan) ?? null;
    return end('failed', state.failure === null ? limit : `${limit} ${failureLine(state.failure)}`);
  }
}

type Action = Exclude<Decision, { readonly kind: 'run-gate' | 'ask-human' | 'give-up' }>;

async function act(request: LoopRequest, state: LoopState, advice: Advice, decision: Action): Promise<Effect> {
  switch (decision.kind) {
    case 'try-proposal': {
      const proposal = advice.proposals.find(({ id }) => id === decision.proposal);
      if (proposal) return change(request, state, proposal.edits, `tries ${proposal.id}: ${decision.reason}`, 'skill');
      request.onStep(`there is no proposal ${decision.proposal}`);
      return 'none';
    }
    case 'apply-finding': {
      const finding = advice.findings[decision.finding];
      const step = `applies the cure of ${finding?.skill}: ${decision.reason}`;
      if (finding) return change(request, state, finding.edits, step, finding);
      request.onStep(`there is no finding ${decision.finding}`);
      return 'none';
    }
    case 'author-edits':
      return change(request, state, decision.edits, `edits the plan: ${decision.reason}`, 'authored');
    case 'revert':
      return revert(request, state, decision.reason);
    case 'profile':
      request.onStep('looks where the time goes');
      state.profile = await request.profile(state.plan);
      return isNew(state, `profile ${digest(state.plan)}`) ? 'new' : 'none';
    case 'record-lesson':
      request.onStep(`records a lesson: ${decision.lesson}`);
      await request.recordLesson(decision.lesson, decision.evidence);
      return isNew(state, `lesson ${decision.lesson}`) ? 'neutral' : 'none';
  }
}

function isNew({ seen }: LoopState, key: string): boolean {
  const isUnseen = !seen.has(key);
  seen.add(key);
  return isUnseen;
}

async function advise({ skills, phase, device, onStep, onIssue }: LoopRequest, state: LoopState): Promise<Advice> {
  const { plan, profile, failure } = state;
  const advice = consultSkills(skills, { phase, plan, device, profile, failure });
  for (const { skill, reason } of advice.broken) {
    const problem = `the skill ${skill} failed: ${reason}`;
    onStep(problem);
    if (!state.broken.has(problem))
      await onIssue({ problem, diagnosis: [], cure: null, mustAct: 'author of the skill' });
    state.broken.add(problem);
  }
  if (failure !== null) {
    const known = state.problems.get(failureLine(failure)) ?? new Set();
    for (const finding of advice.findings) known.add(findingLine(finding));
    state.problems.set(failureLine(failure), known);
  }
  return advice;
}

async function runGate({ phase, build, gate, onStep }: LoopRequest, state: LoopState): Promise<GateReport | null> {
  let deployed: DeployedModel;
  try {
    deployed = await build(state.plan);
  } catch (error) {
    if (error instanceof CompileError) {
      state.failure = failureOf(error);
      if (state.failure !== null) state.failed.set(state.plan, state.failure);
      onStep(`the plan does not compile: ${error.message}`);
      return null;
    }
    // A plan that does not even hold together is the fault of the last change.
    const last = isPlanFault(error) ? state.changes.pop() : undefined;
    if (last === undefined) throw error;
    state.plan = last.before;
    onStep(`the change is taken back: ${(error as Error).message}`);
    return null;
  }
  onStep(`runs the gate of phase ${phase}`);
  const { report, failure } = await runWatchedGate(deployed, (watched) => gate(watched, state.plan));
  state.reports.push(report);
  state.failure = failure;
  if (failure !== null) state.failed.set(state.plan, failure);
  return report;
}

function change(
  { onStep }: LoopRequest,
  state: LoopState,
  edits: readonly PlanEdit[],
  step: string,
  by: Change['by'],
): Effect {
  try {
    const plan = applyEdits(state.plan, edits);
    state.changes.push({ before: state.plan, edits, by });
    state.plan = plan;
    state.failure = null;
    onStep(step);
    return isNew(state, digest(plan)) ? 'new' : 'none';
  } catch (error) {
    if (!isPlanFault(error)) throw error;
    onStep(`${step}, which is impossible: ${error.message}`);
    return 'none';
  }
}

function revert({ onStep }: LoopRequest, state: LoopState, reason: string): Effect {
  const last = state.changes.pop();
  if (last === undefined) {
    onStep('there is nothing to take back');
    return 'none';
  }
  state.plan = last.before;
  state.failure = null;
  onStep(`takes the last change back: ${reason}`);
  return 'neutral';
}

/** What the agent itself did about each failure, from the plan that had it to the next that was judged. */
function mendedBy({ changes, failed }: LoopState): readonly Mended[] {
  const ways: { readonly plan: Plan; readonly failure: Failure; readonly changes: Change[] }[] = [];
  for (const change of changes) {
    const failure = failed.get(change.before);
    if (failure !== undefined) ways.push({ plan: change.before, failure, changes: [] });
    ways.at(-1)?.changes.push(change);
  }
  return ways
    .filter((way) => way.changes.every(({ by }) => by === 'authored'))
    .map((way) => ({ plan: way.plan, failure: way.failure, edits: way.changes.flatMap(({ edits }) => edits) }));
}

/** What went wrong on the way, and whether it is cured; what is not is for the human, with what is known. */
async function recordProblems(
  { onIssue }: LoopRequest,
  { problems, changes, failure }: LoopState,
  kind: LoopOutcome['kind'],
  cures: readonly Finding[],
): Promise<void> {
  if (failure !== null && !problems.has(failureLine(failure))) problems.set(failureLine(failure), new Set());
  const applied = cures.map(findingLine).join('; ');
  for (const [problem, diagnosis] of problems) {
    const passed = `The gate passes${applied === '' ? ` after ${changes.length} changes of the plan` : `: ${applied}`}.`;
    await onIssue({
      problem,
      diagnosis: [...diagnosis],
      cure: kind === 'passed' ? passed : null,
      mustAct: kind === 'passed' ? null : 'human',
    });
  }
}

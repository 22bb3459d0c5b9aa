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
import { askAgent } from './ask-agent.ts';
import { collectSteps } from './collect-steps.ts';
import { type Advice, consultSkills, findingLine } from './consult-skills.ts';
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
}

interface Change {
  readonly before: Plan;
  readonly cure: Finding | null;
}

interface LoopState {
  plan: Plan;
  readonly changes: Change[];
  failure: Failure | null;
  profile: Profile | null;
  readonly reports: GateReport[];
  /** What went wrong, in the order in which it did, with what skills found out about it. */
  readonly problems: Map<string, Set<string>>;
  /** Skills that have been reported as broken. */
  readonly broken: Set<string>;
}

/**
 * One phase: the agent decides, the loop does it, until the gate passes, the agent has no more to try, or
 * it asks. Only the gate can pass a phase. Answers that make no sense cost a decision and change nothing.
 */
export async function runPhaseLoop(loop: LoopRequest): Promise<LoopOutcome> {
  const { request, takeSteps } = collectSteps(loop);
  const state: LoopState = {
    ...{ plan: request.plan, changes: [], failure: null, profile: null, reports: [] },
    ...{ problems: new Map(), broken: new Set() },
  };
  const end = async (kind: LoopOutcome['kind'], reason: string): Promise<LoopOutcome> => {
    const cures = kind === 'passed' ? state.changes.flatMap(({ cure }) => cure ?? []) : [];
    await recordProblems(request, state, kind, cures);
    const report = state.reports.at(-1) ?? null;
    return { kind, plan: state.plan, report, failure: state.failure, reason, cures };
  };
  for (let attempt = 0; attempt < request.maxDecisions; attempt++) {
    throwIfAborted(request.signal);
    const advice = await advise(request, state);
    const decision = await askAgent(request, { ...state, steps: takeSteps(), attempts: [], ...advice }, attempt);
    if (decision === null) continue;
    switch (decision.kind) {
      case 'run-gate': {
        const report = await runGate(request, state);
        if (report?.verdict === 'pass') return end('passed', report.summary);
        break;
      }
      case 'ask-human':
        return end('asks', decision.question);
      case 'give-up':
        return end('failed', decision.reason);
      default:
        await act(request, state, advice, decision);
    }
  }
  return end('failed', `${request.maxDecisions} decisions did not get through the gate.`);
}

type Action = Exclude<Decision, { readonly kind: 'run-gate' | 'ask-human' | 'give-up' }>;

async function act(request: LoopRequest, state: LoopState, advice: Advice, decision: Action): Promise<void> {
  switch (decision.kind) {
    case 'try-proposal': {
      const proposal = advice.proposals.find(({ id }) => id === decision.proposal);
      if (proposal) change(request, state, proposal.edits, `tries ${proposal.id}: ${decision.reason}`, null);
      else request.onStep(`there is no proposal ${decision.proposal}`);
      return;
    }
    case 'apply-finding': {
      const finding = advice.findings[decision.finding];
      const step = `applies the cure of ${finding?.skill}: ${decision.reason}`;
      if (finding) change(request, state, finding.edits, step, finding);
      else request.onStep(`there is no finding ${decision.finding}`);
      return;
    }
    case 'author-edits':
      change(request, state, decision.edits, `edits the plan: ${decision.reason}`, null);
      return;
    case 'revert':
      revert(request, state, decision.reason);
      return;
    case 'profile':
      request.onStep('looks where the time goes');
      state.profile = await request.profile(state.plan);
      return;
    case 'record-lesson':
      request.onStep(`records a lesson: ${decision.lesson}`);
      await request.recordLesson(decision.lesson, decision.evidence);
  }
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
  return report;
}

function change(
  { onStep }: LoopRequest,
  state: LoopState,
  edits: readonly PlanEdit[],
  step: string,
  cure: Finding | null,
): void {
  try {
    const plan = applyEdits(state.plan, edits);
    state.changes.push({ before: state.plan, cure });
    state.plan = plan;
    state.failure = null;
    onStep(step);
  } catch (error) {
    if (!isPlanFault(error)) throw error;
    onStep(`${step}, which is impossible: ${error.message}`);
  }
}

function revert({ onStep }: LoopRequest, state: LoopState, reason: string): void {
  const last = state.changes.pop();
  if (last === undefined) {
    onStep('there is nothing to take back');
    return;
  }
  state.plan = last.before;
  state.failure = null;
  onStep(`takes the last change back: ${reason}`);
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

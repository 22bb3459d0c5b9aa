import { applyEdits } from '@tilewright/kernel-registry';
import {
  type Agent,
  CompileError,
  type Decision,
  type DeployedModel,
  type DeviceModel,
  type Failure,
  type GateReport,
  type Plan,
  type PlanEdit,
  type Profile,
  type Skill,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { decisionSchema } from '@tilewright/spec/schemas';
import { type Advice, consultSkills } from './consult-skills.ts';
import { recordFaults } from './record-faults.ts';

export interface LoopRequest {
  readonly phase: number;
  readonly plan: Plan;
  readonly device: DeviceModel;
  readonly agent: Agent;
  readonly skills: readonly Skill[];
  /** What a reviewer asked for. */
  readonly instruction: string | null;
  /** Decisions after which the phase has failed. */
  readonly maxDecisions: number;
  /** Throws `CompileError`, or `plan-invalid`. The result belongs to the callee. */
  readonly build: (plan: Plan) => Promise<DeployedModel>;
  readonly gate: (deployed: DeployedModel, plan: Plan) => Promise<GateReport>;
  readonly profile: (plan: Plan) => Promise<Profile | null>;
  readonly recordLesson: (lesson: string, evidence: readonly string[]) => Promise<void>;
  /** Told in one line what is being done. */
  readonly onStep: (step: string) => void;
  readonly signal?: AbortSignal;
}

export interface LoopOutcome {
  readonly kind: 'passed' | 'failed' | 'asks';
  readonly plan: Plan;
  /** The last one; null where no gate could run. */
  readonly report: GateReport | null;
  readonly failure: Failure | null;
  /** The question, or why it ended. */
  readonly reason: string;
}

interface LoopState {
  plan: Plan;
  readonly earlier: Plan[];
  failure: Failure | null;
  profile: Profile | null;
  readonly reports: GateReport[];
}

/**
 * One phase: the agent decides, the loop does it, until the gate passes, the agent has no more to try, or
 * it asks. Only the gate can pass a phase. Answers that make no sense cost a decision and change nothing.
 */
export async function runPhaseLoop(request: LoopRequest): Promise<LoopOutcome> {
  const state: LoopState = { plan: request.plan, earlier: [], failure: null, profile: null, reports: [] };
  const end = (kind: LoopOutcome['kind'], reason: string): LoopOutcome => ({
    kind,
    plan: state.plan,
    report: state.reports.at(-1) ?? null,
    failure: state.failure,
    reason,
  });
  for (let attempt = 0; attempt < request.maxDecisions; attempt++) {
    throwIfAborted(request.signal);
    const advice = advise(request, state);
    const decision = await decide(request, state, advice, attempt);
    if (decision === null) continue;
    switch (decision.kind) {
      case 'run-gate': {
        const report = await runGate(request, state);
        if (report?.verdict === 'pass') return end('passed', report.summary);
        break;
      }
      case 'try-proposal': {
        const proposal = advice.proposals.find(({ id }) => id === decision.proposal);
        if (proposal) change(request, state, proposal.edits, `tries ${proposal.id}: ${decision.reason}`);
        else request.onStep(`there is no proposal ${decision.proposal}`);
        break;
      }
      case 'apply-finding': {
        const finding = advice.findings[decision.finding];
        if (finding) change(request, state, finding.edits, `applies the cure of ${finding.skill}: ${decision.reason}`);
        else request.onStep(`there is no finding ${decision.finding}`);
        break;
      }
      case 'author-edits':
        change(request, state, decision.edits, `edits the plan: ${decision.reason}`);
        break;
      case 'revert':
        revert(request, state, decision.reason);
        break;
      case 'profile':
        request.onStep('looks where the time goes');
        state.profile = await request.profile(state.plan);
        break;
      case 'record-lesson':
        request.onStep(`records a lesson: ${decision.lesson}`);
        await request.recordLesson(decision.lesson, decision.evidence);
        break;
      case 'ask-human':
        return end('asks', decision.question);
      case 'give-up':
        return end('failed', decision.reason);
    }
  }
  return end('failed', `${request.maxDecisions} decisions did not get through the gate.`);
}

function advise({ skills, phase, device, onStep }: LoopRequest, { plan, profile, failure }: LoopState): Advice {
  const situation = { phase, plan, device, profile, failure };
  return consultSkills(skills, situation, (skill, reason) => onStep(`the skill ${skill} failed: ${reason}`));
}

/** The agent's answer, or null if it makes no sense. */
async function decide(
  { agent, phase, device, instruction, onStep, signal }: LoopRequest,
  { plan, profile, failure, reports }: LoopState,
  { proposals, findings }: Advice,
  attempt: number,
): Promise<Decision | null> {
  const answer = await agent.decide(
    {
      specificationVersion: 'v1',
      situation: { phase, plan, device, profile, failure },
      attempt,
      proposals,
      findings,
      reports: [...reports],
      instruction,
    },
    signal ? { signal } : {},
  );
  const parsed = decisionSchema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  onStep(`the agent's answer makes no sense (${issue?.path.join('.') || 'decision'}: ${issue?.message})`);
  return null;
}

async function runGate({ phase, build, gate, onStep }: LoopRequest, state: LoopState): Promise<GateReport | null> {
  let deployed: DeployedModel;
  try {
    deployed = await build(state.plan);
  } catch (error) {
    if (error instanceof CompileError) {
      state.failure = { kind: 'compile', diagnostics: error.diagnostics };
      onStep(`the plan does not compile: ${error.message}`);
      return null;
    }
    // A plan that does not even hold together is the fault of the last change.
    if (!isPlanFault(error) || state.earlier.length === 0) throw error;
    state.plan = state.earlier.pop() as Plan;
    onStep(`the change is taken back: ${(error as Error).message}`);
    return null;
  }
  onStep(`runs the gate of phase ${phase}`);
  const watched = recordFaults(deployed);
  const report = await gate(watched.deployed, state.plan);
  state.reports.push(report);
  const fault = watched.fault();
  if (report.verdict === 'pass') state.failure = null;
  else if (fault) state.failure = { kind: 'runtime', dispatch: fault.dispatch, fault: fault.kind, dump: fault.dump };
  else state.failure = { kind: 'gate', report };
  return report;
}

function change({ onStep }: LoopRequest, state: LoopState, edits: readonly PlanEdit[], step: string): void {
  try {
    const plan = applyEdits(state.plan, edits);
    state.earlier.push(state.plan);
    state.plan = plan;
    state.failure = null;
    onStep(step);
  } catch (error) {
    if (!isPlanFault(error)) throw error;
    onStep(`${step}, which is impossible: ${(error as Error).message}`);
  }
}

function revert({ onStep }: LoopRequest, state: LoopState, reason: string): void {
  const plan = state.earlier.pop();
  if (plan === undefined) {
    onStep('there is nothing to take back');
    return;
  }
  state.plan = plan;
  state.failure = null;
  onStep(`takes the last change back: ${reason}`);
}

function isPlanFault(error: unknown): boolean {
  return TilewrightError.isInstance(error) && (error.code === 'plan-invalid' || error.code === 'shape-unsupported');
}

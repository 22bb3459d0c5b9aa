import { digest } from '@tilewright/gates';
import {
  type Agent,
  type Decision,
  type DeviceModel,
  type Failure,
  type Finding,
  type GateReport,
  type Lesson,
  type LessonOrigin,
  type Observation,
  type OptimizationAttempt,
  type Plan,
  type Profile,
  type Proposal,
  throwIfAborted,
} from '@tilewright/spec';
import type { NewIssue } from '../workspace/journal.ts';
import type { AgentSession } from './agent-session.ts';
import { callAgent } from './call-agent.ts';
import { frozenCopy } from './frozen-copy.ts';
import { parseAnswer } from './parse-answer.ts';

/** What stays the same while an agent works on a phase. */
export interface AgentRequest {
  readonly phase: number;
  readonly device: DeviceModel;
  readonly agent: Agent;
  /** What a reviewer asked for. */
  readonly instruction: string | null;
  readonly lessons: readonly Lesson[];
  readonly origin: LessonOrigin;
  /** Told in one line what is being done. */
  readonly onStep: (step: string) => void;
  readonly onIssue: (issue: NewIssue) => Promise<void>;
  readonly signal?: AbortSignal;
  /** Without one nothing limits the agent, it has nothing to look with, and what it says is not kept. */
  readonly session?: AgentSession;
}

/** What changes from decision to decision. */
export interface AgentView {
  readonly steps: readonly string[];
  readonly plan: Plan;
  readonly profile: Profile | null;
  readonly failure: Failure | null;
  readonly reports: readonly GateReport[];
  readonly attempts: readonly OptimizationAttempt[];
  readonly proposals: readonly Proposal[];
  readonly findings: readonly Finding[];
}

/** A `limit` ends the agent's part of the phase. */
export type Asked =
  | { readonly kind: 'decision'; readonly decision: Decision }
  | { readonly kind: 'nonsense' }
  | { readonly kind: 'limit'; readonly reason: string };

/**
 * Asks the agent once, unless a limit is reached. `attempt` counts its decisions from 0. Agents are strangers: whatever
 * they answer or throw is one of the three, except that an agent that cannot go on (`agent-failed`) ends the run. Throws
 * that, `aborted`, and what writing it down throws.
 */
export async function askAgent(request: AgentRequest, view: AgentView, attempt: number): Promise<Asked> {
  const { session, signal } = request;
  throwIfAborted(signal);
  const reached = session?.limit() ?? null;
  if (reached !== null) return { kind: 'limit', reason: reached };
  const answer = await callAgent(request, observationOf(request, view, attempt), view.plan);
  if (answer.kind === 'limit') return answer;
  const parsed = answer.kind === 'answer' ? parseAnswer(answer.value) : { ok: false as const, problem: answer.problem };
  if (!parsed.ok) return nonsense(request, parsed.problem);
  await session?.record({ kind: 'decision', planDigest: digest(view.plan), decision: parsed.decision });
  return { kind: 'decision', decision: parsed.decision };
}

/** Tells that the agent's part of the phase is over, and why. */
export function endSession({ session, onStep }: AgentRequest, limit: string): void {
  session?.ended(limit);
  onStep(`the agent is not asked any more: ${limit}`);
}

async function nonsense({ session, onStep, onIssue }: AgentRequest, reason: string): Promise<Asked> {
  const problem = `the agent's answer makes no sense (${reason})`;
  await session?.record({ kind: 'nonsense', problem: reason });
  onStep(problem);
  await onIssue({ problem, diagnosis: [], cure: null, mustAct: 'author of the agent' });
  return { kind: 'nonsense' };
}

/** Copies: whatever an agent does to what it is shown, the deployment goes by what it was. */
/** A copy of its own: what an agent writes into what it is shown changes nothing that anybody else reads. */
function observationOf(request: AgentRequest, view: AgentView, attempt: number): Observation {
  const { phase, device, instruction, lessons, origin } = request;
  const { steps, plan, profile, failure, reports, attempts, proposals, findings } = view;
  return {
    specificationVersion: 'v1',
    situation: {
      phase,
      plan: frozenCopy(plan),
      device: frozenCopy(device),
      profile: frozenCopy(profile),
      failure: frozenCopy(failure),
    },
    attempt,
    steps: [...steps],
    proposals: proposals.map(frozenCopy),
    findings: findings.map(frozenCopy),
    reports: reports.map(frozenCopy),
    instruction,
    lessons: lessons.map(frozenCopy),
    origin: frozenCopy(origin),
    attempts: attempts.map(frozenCopy),
  };
}

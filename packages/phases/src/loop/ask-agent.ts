import type {
  Agent,
  Decision,
  DeviceModel,
  Failure,
  Finding,
  GateReport,
  Lesson,
  LessonOrigin,
  OptimizationAttempt,
  Plan,
  Profile,
  Proposal,
} from '@tilewright/spec';
import { decisionSchema } from '@tilewright/spec/schemas';
import type { NewIssue } from '../workspace/journal.ts';

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

/** The agent's answer, or null if it makes no sense. `attempt` counts its decisions from 0. */
export async function askAgent(request: AgentRequest, view: AgentView, attempt: number): Promise<Decision | null> {
  const { agent, phase, device, instruction, lessons, origin, onStep, onIssue, signal } = request;
  const { steps, plan, profile, failure, reports, attempts, proposals, findings } = view;
  const answer = await agent.decide(
    {
      specificationVersion: 'v1',
      situation: { phase, plan, device, profile, failure },
      attempt,
      steps,
      proposals,
      findings,
      reports: [...reports],
      instruction,
      lessons,
      origin,
      attempts: [...attempts],
    },
    signal ? { signal } : {},
  );
  const parsed = decisionSchema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const problem = `the agent's answer makes no sense (${issue?.path.join('.') || 'decision'}: ${issue?.message})`;
  onStep(problem);
  await onIssue({ problem, diagnosis: [], cure: null, mustAct: 'author of the agent' });
  return null;
}

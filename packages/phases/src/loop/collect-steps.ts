import type { AgentRequest } from './ask-agent.ts';

/** A request whose steps are also kept for the agent; `takeSteps` yields those since it was called last. */
export interface CollectedSteps<Request> {
  readonly request: Request;
  readonly takeSteps: () => readonly string[];
}

export function collectSteps<Request extends AgentRequest>(request: Request): CollectedSteps<Request> {
  const steps: string[] = [];
  const onStep = (step: string): void => {
    steps.push(step);
    request.onStep(step);
  };
  return { request: { ...request, onStep }, takeSteps: () => steps.splice(0) };
}

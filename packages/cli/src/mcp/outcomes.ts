import type { GateOutcome, PhaseOutcome, Verdict } from '@tilewright/mcp';
import { type EvaluationReport, type PhaseRecord, totalTokens } from '@tilewright/spec';

/** What a client is told of a phase, a gate and a verdict: without what fills megabytes, which it reads as a resource. */
export function phaseOutcome({ phase, title, status, elapsedMs, agent }: PhaseRecord): PhaseOutcome {
  return {
    ...{ phase, title, status, elapsedMs },
    agent: agent
      ? {
          decisions: agent.decisions,
          attempts: agent.attempts,
          tokens: totalTokens(agent.usage),
          costUsd: agent.usage.costUsd,
          limit: agent.limit,
        }
      : null,
  };
}

export function gateOutcome({ gate, phase, verdict, summary }: GateOutcome): GateOutcome {
  return { gate, phase, verdict, summary };
}

export function verdictOf({
  verdict,
  summary,
  performance,
}: Pick<EvaluationReport, 'verdict' | 'summary' | 'performance'>): Verdict {
  return { verdict, summary, ...performance };
}

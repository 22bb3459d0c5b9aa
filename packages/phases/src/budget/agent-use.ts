import type { DeploymentManifest, PhaseAgentRecord } from '@tilewright/spec';
import { boundedSum, NO_RECORD } from './agent-records.ts';

/** What the agent did in a phase, for tables. */
export interface AgentUse extends PhaseAgentRecord {
  readonly phase: number;
  readonly title: string;
}

/** What the agent did, phase by phase and in all. */
export interface DeploymentAgentUse {
  /** Of the phases in which it was asked, or was not because of a limit. */
  readonly phases: readonly AgentUse[];
  readonly total: Pick<PhaseAgentRecord, 'usage' | 'decisions' | 'attempts'>;
}

export function agentUse({ phases }: Pick<DeploymentManifest, 'phases'>): DeploymentAgentUse {
  const used = phases.flatMap(({ phase, title, agent }) => (agent === undefined ? [] : { phase, title, ...agent }));
  const total = used.reduce<DeploymentAgentUse['total']>(
    (sum, { usage, decisions, attempts }) => ({
      usage: boundedSum(sum.usage, usage),
      decisions: sum.decisions + decisions,
      attempts: sum.attempts + attempts,
    }),
    { usage: NO_RECORD.usage, decisions: 0, attempts: 0 },
  );
  return { phases: used, total };
}

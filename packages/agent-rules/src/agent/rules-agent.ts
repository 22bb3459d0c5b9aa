import {
  type Agent,
  type Decision,
  type Finding,
  type Observation,
  type PlanEdit,
  throwIfAborted,
} from '@tilewright/spec';
import { OPTIMIZATION_PHASES, optimize } from './optimize.ts';

export interface RulesAgentOptions {
  /** Decisions in one phase after which it gives up. Default 24. */
  readonly patience?: number;
}

const DEFAULT_PATIENCE = 24;

/**
 * The agent that needs no model: always the same answer to the same history. It runs the gate; where
 * that fails it applies the first cure that it has not tried, and after each change runs the gate again;
 * where nobody knows a cure it asks the human, with what is known. Phases 4 and 5: see `optimize`.
 */
export function rulesAgent({ patience = DEFAULT_PATIENCE }: RulesAgentOptions = {}): Agent {
  const phases = new Map<number, Memory>();
  return {
    specificationVersion: 'v1',
    id: 'rules',
    decide: async (observation, { signal } = {}) => {
      throwIfAborted(signal);
      const { phase } = observation.situation;
      if (OPTIMIZATION_PHASES.has(phase)) return optimize(observation);
      const known = phases.get(phase);
      const memory = known === undefined || observation.attempt === 0 ? newMemory() : known;
      phases.set(phase, memory);
      return decide(observation, memory, patience);
    },
  };
}

/** What it has done in a phase. */
interface Memory {
  readonly tried: Set<string>;
  /** Changes of the plan that have not been taken back. */
  changes: number;
}

function newMemory(): Memory {
  return { tried: new Set(), changes: 0 };
}

function decide(observation: Observation, memory: Memory, patience: number): Decision {
  const { attempt, proposals, findings, situation, instruction } = observation;
  const { failure } = situation;
  if (attempt >= patience) return { kind: 'give-up', reason: `${attempt} decisions did not get through the gate.` };
  if (failure === null) return { kind: 'run-gate' };

  const cure = findings.findIndex((finding) => finding.edits.length > 0 && !memory.tried.has(editsKey(finding.edits)));
  const finding = findings[cure];
  if (finding !== undefined) {
    remember(memory, finding.edits);
    return { kind: 'apply-finding', finding: cure, reason: `${finding.skill}: ${finding.cause}` };
  }
  const proposal = proposals.find(({ edits }) => !memory.tried.has(editsKey(edits)));
  if (proposal !== undefined) {
    remember(memory, proposal.edits);
    return { kind: 'try-proposal', proposal: proposal.id, reason: `${proposal.skill}: ${proposal.summary}` };
  }
  // Changes that did not help are taken back before the human is asked: what fails then is the plan as it was.
  if (memory.changes > 0) {
    memory.changes--;
    return { kind: 'revert', reason: 'The change did not cure it.' };
  }
  return { kind: 'ask-human', question: question(observation, findings, instruction) };
}

function remember(memory: Memory, edits: readonly PlanEdit[]): void {
  memory.tried.add(editsKey(edits));
  memory.changes++;
}

function editsKey(edits: readonly PlanEdit[]): string {
  return JSON.stringify(edits);
}

function question(
  { situation, reports }: Observation,
  findings: readonly Finding[],
  instruction: string | null,
): string {
  const { failure, phase } = situation;
  const known: string[] = [];
  if (failure?.kind === 'compile')
    known.push(...failure.diagnostics.map(({ dispatch, message }) => `${dispatch}: ${message}`));
  if (failure?.kind === 'runtime') known.push(`${failure.dispatch}: ${failure.fault}`);
  if (failure?.kind === 'gate') known.push(failure.report.summary);
  known.push(...findings.map(({ skill, cause }) => `${skill}: ${cause}`));
  const asked = instruction === null ? '' : ` The instruction "${instruction}" is beyond fixed rules.`;
  return `Phase ${phase} fails after ${reports.length} gate runs and no cure is known.${asked} ${known.join('; ')}`;
}

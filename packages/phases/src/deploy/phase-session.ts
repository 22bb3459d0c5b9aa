import type { PhaseAgentRecord } from '@tilewright/spec';
import { boundedSum, countEntry, isEmptyRecord, NO_RECORD, restoredRecord } from '../budget/agent-records.ts';
import { type BudgetUse, type BudgetUses, limitReached, remainingBudget } from '../budget/limit-reached.ts';
import { previewEdits } from '../instruments/preview-edits.ts';
import type { AgentSession, SessionEvent } from '../loop/agent-session.ts';
import type { Transcript } from '../transcript/transcript.ts';
import type { Journal } from '../workspace/journal.ts';
import type { PhaseClock } from './phase-clock.ts';
import type { PhaseRun } from './run-phase.ts';

/** Makes the records of all phases say what the transcript says, which an interruption leaves ahead of them. */
export function restoreAgentRecords(journal: Journal, transcript: Transcript): void {
  for (const { phase, agent, elapsedMs } of journal.manifest.phases) {
    const restored = restoredRecord(agent, transcript.entriesOf(phase));
    if (!isEmptyRecord(restored)) journal.noteAgent(phase, restored, elapsedMs);
  }
}

/**
 * The agent's session of one attempt at a phase. What is used goes into the transcript and from there into the phase's
 * record, which counts on over all attempts and runs.
 */
export function phaseSession(run: PhaseRun, clock: PhaseClock): AgentSession {
  const { phase: definition, request, journal, transcript, workbench, skills } = run;
  const { phase } = definition;
  const { budget = {}, searchKernels } = request;
  const limitsTime = budget.phase?.wallMs !== undefined || budget.total?.wallMs !== undefined;
  let record: PhaseAgentRecord = { ...(journal.record(phase)?.agent ?? NO_RECORD), limit: null };
  const note = (changed: PhaseAgentRecord): void => {
    record = changed;
    if (!isEmptyRecord(record)) journal.noteAgent(phase, record, clock.elapsedMs());
  };
  note(record);

  function uses(): BudgetUses {
    const here = { ...record, wallMs: clock.elapsedMs() };
    const total = journal.manifest.phases
      .filter((other) => other.phase !== phase)
      .map(({ agent, elapsedMs }) => ({ ...(agent ?? NO_RECORD), wallMs: elapsedMs }))
      .reduce<BudgetUse>(
        (sum, other) => ({
          usage: boundedSum(sum.usage, other.usage),
          attempts: sum.attempts + other.attempts,
          wallMs: sum.wallMs + other.wallMs,
        }),
        here,
      );
    return { phase: here, total };
  }

  let last: Promise<void> = Promise.resolve();
  async function save(event: SessionEvent): Promise<void> {
    const entry = { ...event, phase };
    await transcript.add(entry);
    const counted = countEntry(record, entry);
    note(counted);
    // Noted at once: what is decided all the same may end the phase.
    if (event.kind === 'usage') note({ ...counted, limit: limitReached(budget, uses()) });
    // What was decided is in the transcript already; how long it took is nowhere else.
    if (event.kind === 'usage' || (limitsTime && event.kind === 'decision')) await journal.saveAgent();
  }

  return {
    limit: () => limitReached(budget, uses()),
    remaining: () => remainingBudget(budget, uses()),
    instruments: (plan) => ({
      skills,
      preview: (edits, signal) => previewEdits(workbench, plan, edits, signal),
      ...(searchKernels && { searchKernels }),
    }),
    entries: () => transcript.entriesOf(phase),
    record: (event) => {
      // One after another: an agent may send several requests at once.
      const recorded = last.then(() => save(event));
      last = recorded.catch(() => {});
      return recorded;
    },
    ended: (limit) => note({ ...record, limit }),
  };
}

import {
  type AgentUsage,
  addUsage,
  type Decision,
  NO_USAGE,
  type PhaseAgentRecord,
  type TranscriptEntry,
} from '@tilewright/spec';

export const NO_RECORD: PhaseAgentRecord = { usage: NO_USAGE, decisions: 0, attempts: 0, limit: null };

const ATTEMPTS: ReadonlySet<Decision['kind']> = new Set(['try-proposal', 'apply-finding', 'author-edits']);

/** Whether a decision changes the plan, which a budget of attempts counts. */
function isAttempt({ kind }: Decision): boolean {
  return ATTEMPTS.has(kind);
}

/** A record after an entry of the transcript: the one place that says what is counted. */
export function countEntry(record: PhaseAgentRecord, entry: TranscriptEntry): PhaseAgentRecord {
  switch (entry.kind) {
    case 'usage':
      return { ...record, usage: boundedSum(record.usage, entry.usage) };
    case 'decision':
      return {
        ...record,
        decisions: record.decisions + 1,
        attempts: record.attempts + (isAttempt(entry.decision) ? 1 : 0),
      };
    case 'nonsense':
      return { ...record, decisions: record.decisions + 1 };
    default:
      return record;
  }
}

/**
 * What an interruption has left of a phase's record: the manifest is written after the transcript, and a transcript may
 * have been removed. Each is only ever behind.
 */
export function restoredRecord(
  stored: PhaseAgentRecord | undefined,
  entries: readonly TranscriptEntry[],
): PhaseAgentRecord {
  const counted = entries.reduce(countEntry, NO_RECORD);
  const known = stored ?? NO_RECORD;
  return {
    usage: greater(known.usage, counted.usage),
    decisions: Math.max(known.decisions, counted.decisions),
    attempts: Math.max(known.attempts, counted.attempts),
    limit: known.limit,
  };
}

/** Whether there is anything to tell. */
export function isEmptyRecord({ usage, decisions, limit }: PhaseAgentRecord): boolean {
  return decisions === 0 && usage.requests === 0 && limit === null;
}

type Counts = Exclude<keyof AgentUsage, 'costUsd'>;
const COUNTS: readonly Counts[] = ['requests', 'inputTokens', 'cacheWriteTokens', 'cacheReadTokens', 'outputTokens'];

/** The sum as far as a number of a manifest goes: an agent may claim any. */
export function boundedSum(a: AgentUsage, b: AgentUsage): AgentUsage {
  const sum = addUsage(a, b);
  const counts = Object.fromEntries(COUNTS.map((name) => [name, Math.min(sum[name], Number.MAX_SAFE_INTEGER)]));
  const costUsd = sum.costUsd === null ? null : Math.min(sum.costUsd, Number.MAX_VALUE);
  return { ...(counts as Record<Counts, number>), costUsd };
}

function greater(a: AgentUsage, b: AgentUsage): AgentUsage {
  const counts = Object.fromEntries(COUNTS.map((name) => [name, Math.max(a[name], b[name])]));
  const costUsd = a.costUsd === null || b.costUsd === null ? null : Math.max(a.costUsd, b.costUsd);
  return { ...(counts as Record<Counts, number>), costUsd };
}

import { join } from 'node:path';
import { describeOtherSubject, recordedPhase, transcriptSubject } from '@tilewright/agent-replay';
import { modelDigest } from '@tilewright/gates';
import { openModel } from '@tilewright/oracle';
import { DEFAULT_CONTEXT_LENGTH, DEFAULT_PREFILL_TOKENS, readTranscript, WORKSPACE_FILES } from '@tilewright/phases';
import { TilewrightError, type TranscriptEntry } from '@tilewright/spec';

/** A transcript that is to be replayed. */
export interface Recording {
  readonly file: string;
  readonly entries: readonly TranscriptEntry[];
}

/** What replaying a transcript came to. */
export interface ReplayOutcome {
  readonly transcript: string;
  /** Digest of the plan that the transcript's deployment ended with; null where none of its phases ended. */
  readonly recordedPlan: string | null;
  readonly samePlan: boolean;
  /** Where the replay came to another plan than the transcript first; null where it never did. */
  readonly firstDifference: ReplayDifference | null;
}

export interface ReplayDifference {
  readonly phase: number;
  /** The decision, counted from 1, that is about another plan than in the transcript; null where only the phase's end is. */
  readonly decision: number | null;
}

/** The lengths and seed of the transcript's deployment, for a deployment that says none. */
export function recordedLengths({ entries }: Recording): {
  readonly prefillLength: number;
  readonly contextLength: number;
  readonly seed: number;
} {
  const { prefillLength, contextLength, seed } = transcriptSubject(entries);
  return { prefillLength, contextLength, seed };
}

/** Throws `usage` where a transcript is of another model, target or length than what is to be deployed. */
export async function requireSameSubject(
  { file, entries }: Recording,
  deployment: {
    readonly modelDirectory: string;
    readonly target: string;
    readonly prefillLength?: number;
    readonly contextLength?: number;
  },
  signal: AbortSignal,
): Promise<void> {
  const subject = transcriptSubject(entries);
  const model = await openModel(deployment.modelDirectory);
  try {
    const contextLength = deployment.contextLength ?? Math.min(DEFAULT_CONTEXT_LENGTH, model.spec.maxPositions);
    const problem = describeOtherSubject(subject, {
      target: deployment.target,
      modelDigest: modelDigest(model.spec, await model.digest(signal)),
      contextLength,
      prefillLength: deployment.prefillLength ?? Math.min(DEFAULT_PREFILL_TOKENS, contextLength),
    });
    if (problem === null) return;
    throw new TilewrightError(
      'usage',
      `${file} cannot be replayed here. ${problem}`,
      'Replay it with the model, target and lengths that it was recorded with.',
      { file },
    );
  } finally {
    await model.close();
  }
}

/** Compares what a deployment came to with the transcript that it replayed. */
export async function replayOutcome({ file, entries }: Recording, directory: string): Promise<ReplayOutcome> {
  const own = await readTranscript(join(directory, WORKSPACE_FILES.transcript));
  const phases = [...new Set(entries.flatMap((entry) => ('phase' in entry ? [entry.phase] : [])))].sort(
    (a, b) => a - b,
  );
  const ends = phases.map((phase) => ({
    phase,
    recorded: recordedPhase(entries, phase),
    made: recordedPhase(own, phase),
  }));
  const last = ends.findLast(({ recorded }) => recorded.planDigest !== null);
  const recordedPlan = last?.recorded.planDigest ?? null;
  return {
    transcript: file,
    recordedPlan,
    samePlan: recordedPlan !== null && last?.made.planDigest === recordedPlan,
    firstDifference: ends.map(differenceOf).find((difference) => difference !== null) ?? null,
  };
}

type PhasePair = {
  readonly phase: number;
  readonly recorded: ReturnType<typeof recordedPhase>;
  readonly made: ReturnType<typeof recordedPhase>;
};

function differenceOf({ phase, recorded, made }: PhasePair): ReplayDifference | null {
  const at = recorded.decisions.findIndex(
    ({ planDigest }, index) => made.decisions[index] !== undefined && made.decisions[index]?.planDigest !== planDigest,
  );
  if (at >= 0) return { phase, decision: at + 1 };
  const isOtherEnd = recorded.planDigest !== null && recorded.planDigest !== made.planDigest;
  return isOtherEnd ? { phase, decision: null } : null;
}

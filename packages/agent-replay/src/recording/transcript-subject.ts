import { type LessonOrigin, TilewrightError, type TranscriptEntry } from '@tilewright/spec';

/** What a transcript is of, as its last run says. */
export type TranscriptSubject = Extract<TranscriptEntry, { readonly kind: 'opened' }>;

const FIELDS = ['modelDigest', 'target', 'prefillLength', 'contextLength'] as const;
const WORDS: Readonly<Record<(typeof FIELDS)[number], string>> = {
  modelDigest: 'model',
  target: 'target',
  prefillLength: 'prefill length',
  contextLength: 'context length',
};

/** Throws `file-malformed` where no run of a deployment has begun in it. */
export function transcriptSubject(entries: readonly TranscriptEntry[]): TranscriptSubject {
  const opened = entries.findLast((entry) => entry.kind === 'opened');
  if (opened !== undefined) return opened;
  throw new TilewrightError(
    'file-malformed',
    'The transcript does not say of which deployment it is: no run begins in it.',
    'Use the transcript.jsonl of a deployment as it was written.',
  );
}

/** What of a deployment is not as in the transcript, in words; null where the transcript can be replayed on it. */
export function describeOtherSubject(
  subject: TranscriptSubject,
  deployment: Pick<LessonOrigin, (typeof FIELDS)[number]>,
): string | null {
  const field = FIELDS.find((name) => subject[name] !== deployment[name]);
  if (field === undefined) return null;
  return `The transcript is of another ${WORDS[field]}: ${subject[field]}, not ${deployment[field]}.`;
}

/** Throws `agent-failed` where decisions would be about something else. */
export function requireSubject(subject: TranscriptSubject, origin: LessonOrigin): void {
  const problem = describeOtherSubject(subject, origin);
  if (problem === null) return;
  throw new TilewrightError(
    'agent-failed',
    problem,
    'Replay it with the model, target and lengths that it was recorded with.',
  );
}

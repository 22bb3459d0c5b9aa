import { quoteUntrusted } from '@tilewright/agent-tools';
import type { GateReport } from '@tilewright/spec';
import { z } from 'zod';
import { type JobResult, jobResultSchema } from '../service/outcome-schemas.ts';
import { type Job, type JobError, type JobKind, type JobStatus, type Need, needOf } from './job.ts';

/** Enough of a job to know it by and to see what to do next. */
export interface JobBrief {
  readonly job: string;
  readonly kind: JobKind;
  readonly subject: string;
  readonly directory: string | null;
  readonly status: JobStatus;
  readonly phase: number | null;
  readonly needs: Need;
}

/** A job as poll_job shows it. */
export interface JobView extends JobBrief {
  readonly step: string | null;
  readonly lines: readonly string[];
  readonly elapsedMs: number;
  readonly checkpoint: CheckpointView | null;
  /** The number of the observation that waits. */
  readonly observation: number | null;
  readonly result: JobResult | null;
  readonly error: JobError | null;
}

/** What a human is asked about. */
interface CheckpointView {
  readonly checkpoint: number;
  readonly phase: number;
  readonly title: string;
  readonly gate: string;
  readonly verdict: GateReport['verdict'];
  readonly summary: string;
  /** The first of them. */
  readonly failures: readonly string[];
}

const FAILURES_SHOWN = 8;

const checkpointSchema: z.ZodType<CheckpointView> = z.object({
  checkpoint: z.int().describe('Which one the answer is about: for review.'),
  phase: z.int(),
  title: z.string(),
  gate: z.string(),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  summary: z.string(),
  failures: z.array(z.string()),
});

const briefFields = {
  job: z.string(),
  kind: z.enum(['deployment', 'evaluation', 'estimate']),
  subject: z.string(),
  directory: z.string().nullable(),
  status: z
    .enum(['running', 'done', 'failed', 'cancelled'])
    .describe('A gate that did not pass is a result of a job that is done; failed is what could not be done at all.'),
  phase: z.int().nullable(),
  needs: z
    .enum(['decision', 'approval', 'nothing'])
    .describe(
      'decision: call observe, then a tool that decides. approval: a human must answer; give the answer with review.',
    ),
};

export const jobBriefSchema: z.ZodType<JobBrief> = z.object(briefFields);

export const jobViewSchema: z.ZodType<JobView> = z.object({
  ...briefFields,
  step: z.string().nullable().describe('What goes on now.'),
  lines: z.array(z.string()).describe('What has finished, oldest first.'),
  elapsedMs: z.number(),
  checkpoint: checkpointSchema.nullable().describe('What the human is asked about, where it needs approval.'),
  observation: z.int().nullable().describe('The number of the observation that waits, where it needs a decision.'),
  result: jobResultSchema.nullable(),
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
});

export function jobView(job: Job, linesShown: number): JobView {
  const { status, endedAt, phase, step, lines, result, error } = job.state();
  const until = endedAt === null ? Date.now() : Date.parse(endedAt);
  return {
    job: job.id,
    kind: job.kind,
    subject: job.subject,
    directory: job.directory,
    ...{ status, phase, step, error },
    lines: linesShown === 0 ? [] : lines.slice(-linesShown),
    elapsedMs: Math.max(0, until - Date.parse(job.startedAt)),
    needs: needOf(job),
    checkpoint: checkpointView(job),
    observation: job.guest?.waiting()?.number ?? null,
    // What a service gives is of its kind: the schema says so again when the view is sent.
    result: result === null ? null : ({ ...result, kind: job.kind } as JobResult),
  };
}

function checkpointView({ reviews }: Job): CheckpointView | null {
  const waiting = reviews?.waiting();
  if (!waiting) return null;
  const { number, checkpoint } = waiting;
  const { phase, title, report } = checkpoint;
  const { gate, verdict, summary, failures } = report;
  const shown = failures
    .slice(0, FAILURES_SHOWN)
    .map(({ kind, subject, message }) => `${subject}: ${kind}: ${message}`);
  const left = failures.length - shown.length;
  return {
    ...{ checkpoint: number, phase, title, gate, verdict, summary },
    failures: left > 0 ? [...shown, `and ${left} more`] : shown,
  };
}

/** The same in a few lines; what skills, models and agents had a part in is quoted as data. */
export function describeJob(view: JobView): string {
  const { job, kind, subject, status, phase, step, needs, checkpoint, observation, error } = view;
  const where = phase === null || status !== 'running' ? '' : `, phase ${phase}`;
  const log = [...view.lines, ...(step === null ? [] : [`now: ${step}`])].map((line) => line.trim());
  return [
    `${job}: ${kind} of ${JSON.stringify(subject)}: ${status}${where}, ${(view.elapsedMs / 1000).toFixed(1)} s.`,
    ...(log.length === 0 ? [] : [quoteUntrusted(`log of ${job}`, log.join('\n'))]),
    ...(needs === 'decision'
      ? [`It waits for your decision about observation ${observation}: call observe with job ${job}.`]
      : []),
    ...(checkpoint === null ? [] : checkpointLines(checkpoint)),
    ...(error === null ? [] : [quoteUntrusted(error.code, `${error.message} ${error.remedy}`)]),
    ...resultLines(view.result),
  ].join('\n');
}

function checkpointLines({ checkpoint, phase, title, gate, verdict, summary, failures }: CheckpointView): string[] {
  return [
    `needs_approval: checkpoint ${checkpoint}, phase ${phase}, gate ${gate}: ${verdict}.`,
    quoteUntrusted('checkpoint', [title, summary, ...failures].join('\n')),
    'Ask the user, and give their answer with review: approve, reject (why), redirect (what instead), or wait.',
  ];
}

function resultLines(result: JobResult | null): string[] {
  if (result === null) return [];
  switch (result.kind) {
    case 'deployment': {
      const { status, reason, directory, evaluation, samePlan } = result;
      return [
        `The deployment in ${directory} is ${status}.`,
        ...(reason === null ? [] : [quoteUntrusted('reason', reason)]),
        ...(samePlan === null
          ? []
          : [samePlan ? 'The replay came to the plan of its transcript.' : 'The replay came to another plan.']),
        ...(evaluation === null
          ? []
          : [`Evaluator: ${evaluation.verdict}: ${evaluation.summary}`, timesLine(evaluation)]),
      ];
    }
    case 'evaluation': {
      const contradicted = result.claims.filter(({ agrees }) => !agrees);
      return [
        `Evaluator: ${result.verdict}: ${result.summary}`,
        timesLine(result),
        ...contradicted.map(({ claim, claimed, found }) =>
          quoteUntrusted('claim', `${claim}: claimed ${claimed}, found ${found}`),
        ),
      ];
    }
    case 'estimate': {
      const { naive, optimized } = result;
      const times = ({ timeToFirstTokenUs, decodeTokensPerSecond }: typeof naive): string =>
        `${(timeToFirstTokenUs / 1000).toFixed(1)} ms to the first token, ${decodeTokensPerSecond.toFixed(1)} tokens/s`;
      return [
        `Estimate for ${result.target} at ${result.promptTokens} prompt tokens: ${times(naive)} as planned naively.`,
        ...(optimized === null ? [] : [`With the skills' proposals (no gate has seen it): ${times(optimized)}.`]),
      ];
    }
  }
}

function timesLine({
  timing,
  timeToFirstTokenUs,
  decodeTokensPerSecond,
}: {
  readonly timing: string;
  readonly timeToFirstTokenUs: number;
  readonly decodeTokensPerSecond: number;
}): string {
  return `${(timeToFirstTokenUs / 1000).toFixed(1)} ms to the first token, ${decodeTokensPerSecond.toFixed(1)} tokens/s (${timing}s).`;
}

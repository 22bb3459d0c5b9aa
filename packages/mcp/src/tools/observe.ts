import { AGENT_GUIDE, describeObservation } from '@tilewright/agent-tools';
import { type BudgetLimits, TilewrightError } from '@tilewright/spec';
import { z } from 'zod';
import type { WaitingObservation } from '../job/guest-desk.ts';
import { describeJob, type JobBrief, jobBriefSchema, jobView } from '../job/job-view.ts';
import { LOOKS, type ServerTool, serverTool } from '../tool/server-tool.ts';
import { jobField, waitField } from './fields.ts';
import { waitTellingProgress } from './wait-telling-progress.ts';

interface ObserveInput {
  readonly job: string;
  readonly waitMs: number;
  readonly guide: boolean;
}

interface ObserveOutput {
  readonly state: JobBrief;
  readonly observation: ObservationView | null;
}

/** An observation in short; the tools that look show the rest, and the resource has all of it. */
interface ObservationView {
  readonly number: number;
  readonly phase: number;
  readonly attempt: number;
  readonly steps: readonly string[];
  readonly proposals: readonly {
    readonly id: string;
    readonly skill: string;
    readonly summary: string;
    readonly expectedGainUs: number | null;
  }[];
  readonly findings: readonly { readonly skill: string; readonly cause: string; readonly edits: number }[];
  readonly reports: readonly { readonly gate: string; readonly verdict: string; readonly summary: string }[];
  readonly failure: string | null;
  readonly instruction: string | null;
  readonly attempts: number;
  readonly lessons: number;
  readonly remaining: BudgetLimits | null;
}

const observationSchema: z.ZodType<ObservationView> = z.object({
  number: z.int().describe('To be given to the tool that decides.'),
  phase: z.int(),
  attempt: z.int(),
  steps: z.array(z.string()).describe('What happened since you decided last.'),
  proposals: z.array(
    z.object({ id: z.string(), skill: z.string(), summary: z.string(), expectedGainUs: z.number().nullable() }),
  ),
  findings: z.array(z.object({ skill: z.string(), cause: z.string(), edits: z.int() })),
  reports: z.array(z.object({ gate: z.string(), verdict: z.string(), summary: z.string() })),
  failure: z.string().nullable().describe('The kind of what went wrong last: show_failure shows it.'),
  instruction: z.string().nullable().describe('What the reviewer asks for.'),
  attempts: z.int(),
  lessons: z.int(),
  remaining: z
    .object({
      tokens: z.number().exactOptional(),
      costUsd: z.number().exactOptional(),
      attempts: z.number().exactOptional(),
      wallMs: z.number().exactOptional(),
    })
    .nullable(),
});

export const observe: ServerTool = serverTool<ObserveInput, ObserveOutput>({
  name: 'observe',
  title: 'See what the deployment asks you',
  description:
    "For a job in which you decide (agent 'guest'): the observation that waits for your decision, as text and as data. With " +
    'waitMs it waits for the next one, for a checkpoint or for the end. Look with the tools that look, then call exactly one ' +
    'that decides, with the number of the observation.',
  effects: LOOKS,
  input: z.strictObject({
    job: jobField,
    waitMs: waitField,
    guide: z.boolean().default(false).describe('Whether to add the guide: the phases, the rules, what is fixed.'),
  }),
  output: z.object({ state: jobBriefSchema, observation: observationSchema.nullable() }),
  run: async ({ job: id, waitMs, guide }, { state, request }) => {
    const job = state.jobs.get(id);
    if (job.guest === null) {
      throw new TilewrightError(
        'usage',
        `${id} does not ask you for decisions: it is no deployment with agent 'guest'.`,
        'Follow it with poll_job.',
      );
    }
    await waitTellingProgress(job, waitMs, request);
    const waiting = job.guest.waiting();
    const view = jobView(job, 0);
    const text = waiting === null ? describeJob(view) : observationText(id, waiting);
    return {
      data: { state: view, observation: waiting && observationView(waiting) },
      text: guide ? `${AGENT_GUIDE}\n\n${text}` : text,
    };
  },
});

function observationText(job: string, { number, observation, instruments, remaining }: WaitingObservation): string {
  const described = describeObservation(observation, {
    // The first one begins a conversation.
    ...(number === 1 && instruments ? { skills: instruments.skills } : {}),
    ...(remaining ? { remaining } : {}),
  });
  return `Observation ${number} of ${job}. ${described}`;
}

function observationView({ number, observation, remaining }: WaitingObservation): ObservationView {
  const { situation, attempt, steps, proposals, findings, reports, instruction, attempts, lessons } = observation;
  return {
    ...{ number, phase: situation.phase, attempt, steps, instruction },
    proposals: proposals.map(({ id, skill, summary, expectedGainUs }) => ({ id, skill, summary, expectedGainUs })),
    findings: findings.map(({ skill, cause, edits }) => ({ skill, cause, edits: edits.length })),
    reports: reports.map(({ gate, verdict, summary }) => ({ gate, verdict, summary })),
    failure: situation.failure?.kind ?? null,
    attempts: attempts.length,
    lessons: lessons.length,
    remaining: remaining ?? null,
  };
}

import { AGENT_TOOLS, type AgentTool, callTool } from '@tilewright/agent-tools';
import { type Json, TilewrightError } from '@tilewright/spec';
import { z } from 'zod';
import type { GuestDesk, WaitingObservation } from '../job/guest-desk.ts';
import type { Job } from '../job/job.ts';
import { ACTS, LOOKS, type ServerTool, serverTool, type ToolAnswer } from '../tool/server-tool.ts';
import { jobField } from './fields.ts';

interface LookOutput {
  readonly job: string;
  readonly observation: number;
  readonly view: Json;
}

interface DecisionOutput {
  readonly job: string;
  readonly observation: number;
  /** Its kind. */
  readonly decision: string;
}

const observationField = z
  .int()
  .min(1)
  .describe('The number of the observation that the decision is about, as observe gives it.');

/**
 * What an agent can do, for a client that decides in a job: the same tools, with the job beside their input, and with the
 * observation where they decide, so that a call that comes twice does not decide twice. `taken` are names that the server
 * uses itself.
 */
export function guestTools(taken: ReadonlySet<string>): readonly ServerTool[] {
  return AGENT_TOOLS.filter(({ name }) => !taken.has(name)).map((tool) =>
    tool.effect === 'look' ? lookTool(tool) : decisionTool(tool),
  );
}

function lookTool(tool: AgentTool): ServerTool {
  return serverTool<{ readonly job: string }, LookOutput>({
    ...{ name: tool.name, title: tool.title, effects: LOOKS },
    description: `For a job in which you decide. ${tool.description}`,
    input: withFields(tool, { job: jobField }) as z.ZodType<{ readonly job: string }>,
    output: z.object({ job: z.string(), observation: z.int(), view: tool.output ?? z.null() }),
    run: async ({ job: id, ...input }, { state, request }) => {
      const { waiting } = deskOf(state.jobs.get(id));
      const result = await callTool(tool.name, input, { ...contextOf(waiting), signal: request.signal });
      if (result.kind !== 'view') throw refusal(result.kind === 'mistake' ? result.problem : 'It showed nothing.');
      const { value } = result;
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return { data: { job: id, observation: waiting.number, view: value }, text };
    },
  });
}

function decisionTool(tool: AgentTool): ServerTool {
  type Input = { readonly job: string; readonly observation: number };
  return serverTool<Input, DecisionOutput>({
    ...{ name: tool.name, title: tool.title, effects: ACTS },
    description: `For a job in which you decide. ${tool.description}`,
    input: withFields(tool, { job: jobField, observation: observationField }) as z.ZodType<Input>,
    output: z.object({ job: z.string(), observation: z.int(), decision: z.string() }),
    run: async ({ job: id, observation, ...input }, { state, request }): Promise<ToolAnswer<DecisionOutput>> => {
      const { desk, waiting } = deskOf(state.jobs.get(id));
      // Before it is looked at: what was decided already is not worth compiling for.
      if (waiting.number !== observation) throw notThis(observation, waiting.number);
      const result = await callTool(tool.name, input, { ...contextOf(waiting), signal: request.signal });
      if (result.kind !== 'decision') throw refusal(result.kind === 'mistake' ? result.problem : 'It decided nothing.');
      desk.decide(observation, result.decision);
      const { kind } = result.decision;
      return {
        data: { job: id, observation, decision: kind },
        text: `Observation ${observation}: ${kind}. Call observe with waitMs for what comes of it.`,
      };
    },
  });
}

/** The desk of a job in which the client decides, and what waits on it. Throws `usage` where nothing does. */
function deskOf(job: Job): { readonly desk: GuestDesk; readonly waiting: WaitingObservation } {
  const desk = job.guest;
  if (desk === null) {
    throw new TilewrightError(
      'usage',
      `${job.id} does not ask you for decisions: it is no deployment with agent 'guest'.`,
      "Start one with start_deployment and agent 'guest'.",
    );
  }
  const waiting = desk.waiting();
  if (waiting !== null) return { desk, waiting };
  const { status } = job.state();
  throw new TilewrightError(
    'usage',
    `No observation of ${job.id} waits: it is ${status}.`,
    status === 'running' ? 'Call observe with waitMs until there is one.' : 'Call poll_job for what came of it.',
  );
}

function contextOf({ observation, instruments }: WaitingObservation): {
  readonly observation: WaitingObservation['observation'];
  readonly instruments: WaitingObservation['instruments'];
} {
  return { observation, instruments };
}

function notThis(observation: number, waiting: number): TilewrightError {
  const what = observation < waiting ? 'has been decided already' : 'is not there yet';
  return new TilewrightError(
    'usage',
    `Observation ${observation} ${what}: ${waiting} waits.`,
    `Call observe, and decide about observation ${waiting}.`,
    { field: 'observation', expected: waiting, got: observation },
  );
}

/** What an agent's tool says of a call says already what to change. */
function refusal(problem: string): TilewrightError {
  return new TilewrightError('usage', problem, 'Nothing has been decided: mend the call, or choose another.');
}

function withFields(tool: AgentTool, fields: z.ZodRawShape): z.ZodType {
  if (tool.input instanceof z.ZodObject) return tool.input.safeExtend(fields);
  throw new TypeError(`the input of ${tool.name} is no object schema`);
}

import type { InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import type { ServerState } from '../server/server-state.ts';

/** All four of them are said of every tool: clients decide by them what to ask their user about. */
export interface ToolEffects {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  /** Whether it may reach beyond this machine: a model's download, a language model's service. */
  readonly openWorldHint: boolean;
}

export interface ToolCall {
  readonly state: ServerState;
  readonly request: ServerContext['mcpReq'];
  /** Whether this client can show its user a form. */
  readonly canElicit: boolean;
}

/** What a tool answers: the data, and the same in a few words. */
export interface ToolAnswer<Output> {
  readonly data: Output;
  readonly text: string;
}

/** A tool of the server, as it is registered. */
export interface ServerTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly effects: ToolEffects;
  /** Of an object. */
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** `input` has been parsed. What it throws is told to the client as the tool's error. */
  readonly run: (input: unknown, call: ToolCall) => Promise<ToolAnswer<unknown> | InputRequiredResult>;
}

/** A tool whose function knows what it takes and gives. */
export function serverTool<Input, Output>(
  definition: Omit<ServerTool, 'input' | 'output' | 'run'> & {
    readonly input: z.ZodType<Input>;
    readonly output: z.ZodType<Output>;
    readonly run: (input: Input, call: ToolCall) => Promise<ToolAnswer<Output> | InputRequiredResult>;
  },
): ServerTool {
  const { run } = definition;
  return { ...definition, run: (input, call) => run(input as Input, call) };
}

/** Looks at something. */
export const LOOKS: ToolEffects = {
  ...{ readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
};
/** Does something that doing again would do again. */
export const ACTS: ToolEffects = {
  ...{ readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
};

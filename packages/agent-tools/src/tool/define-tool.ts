import type { Decision, Json } from '@tilewright/spec';
import type { z } from 'zod';
import type { AgentTool, ToolContext } from './agent-tool.ts';
import type { Mistake } from './results.ts';

type Input = Readonly<Record<string, unknown>>;
type Now<T> = T | Promise<T>;

interface ToolText {
  readonly name: string;
  readonly title: string;
  readonly description: string;
}

/** A tool that shows something and changes nothing. */
export function lookTool<I extends Input, O extends Json>(
  definition: ToolText & {
    readonly input: z.ZodType<I>;
    readonly output: z.ZodType<O>;
    readonly run: (input: I, context: ToolContext) => Now<{ readonly kind: 'view'; readonly value: O } | Mistake>;
  },
): AgentTool {
  const { run, ...rest } = definition;
  return { ...rest, effect: 'look', run: async (input, context) => run(input as I, context) };
}

/** A tool whose call is a decision. */
export function decisionTool<I extends Input>(
  definition: ToolText & {
    readonly input: z.ZodType<I>;
    readonly run: (
      input: I,
      context: ToolContext,
    ) => Now<{ readonly kind: 'decision'; readonly decision: Decision } | Mistake>;
  },
): AgentTool {
  const { run, ...rest } = definition;
  return { ...rest, effect: 'decide', output: null, run: async (input, context) => run(input as I, context) };
}

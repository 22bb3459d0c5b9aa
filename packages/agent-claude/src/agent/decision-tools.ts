import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';
import { AGENT_TOOLS, callTool, type ToolContext } from '@tilewright/agent-tools';
import type { Decision } from '@tilewright/spec';

/** A decision that was taken, with the call that took it. */
interface TakenDecision {
  readonly call: string;
  readonly decision: Decision;
}

/** What the calls of one answer came to, beside their results. */
interface CallOutcome {
  taken: TakenDecision | null;
  /** What is nobody's mistake: a cancelled deployment, or a bug. The runner would make a result of it. */
  failure: { readonly error: unknown } | null;
  /** Calls that could not be answered, as name and input. */
  readonly mistakes: string[];
}

/** Which call of an answer may decide, and what came of the calls. Set anew for each answer. */
export interface CallBoard {
  deciding: string | null;
  outcome: CallOutcome;
}

const EFFECTS: ReadonlyMap<string, 'look' | 'decide'> = new Map(AGENT_TOOLS.map(({ name, effect }) => [name, effect]));

export function isDecisionTool(name: string): boolean {
  return EFFECTS.get(name) === 'decide';
}

export function isLookTool(name: string): boolean {
  return EFFECTS.get(name) === 'look';
}

export function isKnownTool(name: string): boolean {
  return EFFECTS.has(name);
}

/**
 * The table of tools for the SDK's runner. `accept` says of a decision why it is not taken, or null. Input is checked by
 * `callTool`, whose words the model can mend it by.
 */
export function decisionTools(
  context: ToolContext,
  board: CallBoard,
  accept: (decision: Decision) => string | null,
): BetaRunnableTool[] {
  return AGENT_TOOLS.map(({ name, description, input: inputSchema, effect }) => {
    const run = async (input: unknown, id: string): Promise<string> => {
      if (effect === 'decide' && id !== board.deciding) throw new ToolError(ONE_AT_A_TIME);
      const result = await callTool(name, input, context);
      if (result.kind === 'view') return typeof result.value === 'string' ? result.value : JSON.stringify(result.value);
      if (result.kind === 'mistake') {
        board.outcome.mistakes.push(`${name} ${JSON.stringify(input)}`);
        throw new ToolError(result.problem);
      }
      const refused = accept(result.decision);
      if (refused !== null) throw new ToolError(refused);
      board.outcome.taken = { call: id, decision: result.decision };
      return '';
    };
    return {
      ...betaZodTool({ name, description, inputSchema, run: () => '' }),
      parse: (input: unknown) => input,
      run: async (input: unknown, call?: { readonly toolUse: { readonly id: string } }) => {
        try {
          return await run(input, call?.toolUse.id ?? '');
        } catch (error) {
          if (!(error instanceof ToolError)) board.outcome.failure = { error };
          throw error;
        }
      },
    };
  });
}

const ONE_AT_A_TIME =
  'Not done: another decision came first in the same answer. One is carried out at a time, and then you are asked again.';

/** What the runner's own result for a name that no tool has does not say: which there are. */
export async function unknownToolProblem(name: string, input: unknown, context: ToolContext): Promise<string> {
  const result = await callTool(name, input, context);
  return result.kind === 'mistake' ? result.problem : `There is no tool ${name}.`;
}

import { TilewrightError } from '@tilewright/spec';
import { cleanName } from '../text/clean-text.ts';
import { nameList } from '../text/fitted.ts';
import { guardText, guardValue } from '../text/guard-text.ts';
import type { AgentTool, ToolContext, ToolResult } from './agent-tool.ts';
import { AGENT_TOOLS } from './agent-tools.ts';
import { inputProblem } from './input-problem.ts';
import { mistake } from './results.ts';

/** Characters of a mistake that are shown. */
const LONGEST_MISTAKE = 12_000;

/**
 * Calls a tool as a stranger does. A name that no tool has, input that does not fit, a tool that fails: each is a mistake
 * that says what is valid. Rejects only with `aborted`, and only where the context's signal is.
 */
export async function callTool(name: string, input: unknown, context: ToolContext): Promise<ToolResult> {
  const tool = AGENT_TOOLS.find((candidate) => candidate.name === name);
  if (tool === undefined) {
    const names = AGENT_TOOLS.map((known) => known.name);
    return mistake(`There is no tool ${cleanName(String(name), 80)}. Tools: ${nameList(names, names.length)}.`);
  }
  const result = await runTool(tool, input, context);
  if (result.kind === 'view') return { kind: 'view', value: guardValue(result.value) };
  if (result.kind === 'decision') return result;
  const { problem } = result;
  return mistake(guardText(problem.length > LONGEST_MISTAKE ? `${problem.slice(0, LONGEST_MISTAKE)}…` : problem));
}

async function runTool(tool: AgentTool, input: unknown, context: ToolContext): Promise<ToolResult> {
  try {
    const parsed = tool.input.safeParse(input ?? {});
    if (parsed.success) return await tool.run(parsed.data, context);
    const fields = Object.keys('shape' in tool.input ? (tool.input.shape as object) : {});
    const takes = fields.length === 0 ? 'It takes no fields.' : `Its fields: ${fields.join(', ')}.`;
    return mistake(`The input of ${tool.name} does not fit. ${takes}\n${inputProblem(parsed.error, '')}`);
  } catch (error) {
    if (context.signal?.aborted && TilewrightError.isInstance(error)) throw error;
    return mistake(`${tool.name} could not be carried out: ${errorText(error)} Nothing was changed by it.`);
  }
}

function errorText(error: unknown): string {
  try {
    if (TilewrightError.isInstance(error)) return cleanName(`${error.message} ${error.remedy}`, 1000);
    return cleanName(error instanceof Error ? error.message : String(error), 1000);
  } catch {
    return 'it failed in a way that cannot be shown.';
  }
}

import type { CallToolResult, McpServer, ServerContext } from '@modelcontextprotocol/server';
import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  isInputRequiredResult,
} from '@modelcontextprotocol/server';
import { TilewrightError } from '@tilewright/spec';
import type { ServerState } from '../server/server-state.ts';
import type { ServerTool } from './server-tool.ts';

/** Registers a tool: what it answers is held against its schema, what it throws becomes a tool error that says what to do. */
export function registerTool(server: McpServer, tool: ServerTool, state: ServerState): void {
  const { name, title, description, effects, input, output, run } = tool;
  server.registerTool(
    name,
    { title, description, inputSchema: input, outputSchema: output, annotations: { title, ...effects } },
    async (given: unknown, context: ServerContext) => {
      try {
        const answer = await run(given, { state, request: context.mcpReq, canElicit: canElicit(server, context) });
        if (isInputRequiredResult(answer)) return answer;
        const { data, text } = answer as { data: unknown; text: string };
        // Parsing leaves out what the schema does not promise, and finds what it promises and is not there.
        const structuredContent = output.parse(data) as Record<string, unknown>;
        return { content: [{ type: 'text', text }], structuredContent };
      } catch (error) {
        return errorResult(name, error, state);
      }
    },
  );
}

function errorResult(name: string, error: unknown, { onFault }: ServerState): CallToolResult {
  if (TilewrightError.isInstance(error)) {
    return { isError: true, content: [{ type: 'text', text: `${error.message} ${error.remedy}` }] };
  }
  onFault(error);
  const what = error instanceof Error ? error.message : String(error);
  return {
    isError: true,
    content: [{ type: 'text', text: `${name} failed: ${what} This is a bug in Tilewright: please report it.` }],
  };
}

/** By the request itself where it says so, as the current revision has it; else by what the client said at `initialize`. */
function canElicit(server: McpServer, { mcpReq }: ServerContext): boolean {
  const envelope = mcpReq.envelope as Readonly<Record<string, unknown>> | undefined;
  const stated = envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  const { elicitation } = stated ?? server.server.getClientCapabilities() ?? {};
  if (elicitation === undefined) return false;
  // Before there were modes, a form was all that there was.
  return elicitation.form !== undefined || Object.keys(elicitation).length === 0;
}

import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequest,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { ServerState } from '../../server/server-state.ts';
import { text } from './content-tools.ts';

const nothing = z.object({});
const NAME = z.object({ name: z.string() });
const OK = z.object({ ok: z.boolean() });

/** The tools by which the suite looks at questions to the client, in the way of either era. Names and texts are the suite's. */
export function registerInputTools(server: McpServer, { asked }: ServerState): void {
  const tool = (
    name: string,
    run: (context: ServerContext) => Promise<string | InputRequiredResult> | string | InputRequiredResult,
  ): void => {
    server.registerTool(name, { description: `Asks: ${name}.`, inputSchema: nothing }, async (_input, context) => {
      const answer = await run(context);
      return typeof answer === 'string' ? { content: [text(answer)] } : answer;
    });
  };
  const seal = (checkpoint: number): Promise<string> => asked.mint({ job: 'conformance', checkpoint });

  tool('test_input_required_result_elicitation', ({ mcpReq }) => {
    const given = acceptedContent(mcpReq.inputResponses, 'user_name', NAME);
    return given ? `Hello, ${given.name}!` : ask({ user_name: form('What is your name?', NAME) });
  });
  tool('test_input_required_result_sampling', ({ mcpReq }) => {
    const given = inputResponse(mcpReq.inputResponses, 'capital_question');
    if (given.kind === 'sampling') return JSON.stringify(given.result.content);
    return ask({ capital_question: sampling('What is the capital of France?') });
  });
  tool('test_input_required_result_list_roots', ({ mcpReq }) => {
    const given = inputResponse(mcpReq.inputResponses, 'client_roots');
    if (given.kind === 'roots') return JSON.stringify(given.roots);
    return ask({ client_roots: inputRequired.listRoots() });
  });
  for (const name of ['test_input_required_result_request_state', 'test_input_required_result_tampered_state']) {
    tool(name, async ({ mcpReq }) => {
      const isOurs = mcpReq.requestState() !== undefined;
      if (isOurs && acceptedContent(mcpReq.inputResponses, 'confirm', OK)) return 'state-ok';
      return ask({ confirm: form('Please confirm', OK) }, await seal(1));
    });
  }
  tool('test_input_required_result_multiple_inputs', async ({ mcpReq }) => {
    const kinds = ['user_name', 'greeting', 'client_roots'].map((key) => inputResponse(mcpReq.inputResponses, key).kind);
    if (kinds.every((kind) => kind !== 'missing')) return kinds.join(', ');
    const requests = {
      user_name: form('What is your name?', NAME),
      greeting: sampling('Generate a greeting'),
      client_roots: inputRequired.listRoots(),
    };
    return ask(requests, await seal(1));
  });
  tool('test_input_required_result_multi_round', async ({ mcpReq }) => {
    const round = mcpReq.requestState<{ readonly checkpoint: number }>()?.checkpoint ?? 0;
    const color = z.object({ color: z.string() });
    if (round === 2) {
      const given = acceptedContent(mcpReq.inputResponses, 'step2', color);
      if (given) return `It is ${given.color}.`;
    }
    if (round === 1 && acceptedContent(mcpReq.inputResponses, 'step1', NAME)) {
      return ask({ step2: form('Step 2: What is your favorite color?', color) }, await seal(2));
    }
    return ask({ step1: form('Step 1: What is your name?', NAME) }, await seal(1));
  });
  tool('test_input_required_result_capabilities', (context) => {
    const { elicitation, sampling: samples } = capabilitiesOf(context);
    if (context.mcpReq.inputResponses !== undefined) return 'asked';
    return ask({
      ...(elicitation ? { user_name: form('What is your name?', NAME) } : {}),
      ...(samples ? { greeting: sampling('Generate a greeting') } : {}),
    });
  });
  tool('test_streaming_elicitation', ({ mcpReq }) =>
    acceptedContent(mcpReq.inputResponses, 'confirm', OK) ? 'confirmed' : ask({ confirm: form('Please confirm', OK) }),
  );
  tool('test_missing_capability', (context) => {
    if (capabilitiesOf(context).sampling) return 'it can';
    // As a question that this client cannot be asked: the SDK tells the protocol's error.
    return ask({ greeting: sampling('Generate a greeting') });
  });
}

/** Those of the request, as the current revision has them. */
function capabilitiesOf({ mcpReq }: ServerContext): Readonly<Record<string, unknown>> {
  const envelope = mcpReq.envelope as Readonly<Record<string, unknown>> | undefined;
  return (envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? {}) as Readonly<Record<string, unknown>>;
}

export function ask(inputRequests: Readonly<Record<string, InputRequest>>, requestState?: string): InputRequiredResult {
  return inputRequired({ inputRequests, ...(requestState !== undefined && { requestState }) });
}

export function form(message: string, requestedSchema: z.ZodType): InputRequest {
  return inputRequired.elicit({ message, requestedSchema });
}

export function sampling(question: string): InputRequest {
  return inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens: 100,
  });
}

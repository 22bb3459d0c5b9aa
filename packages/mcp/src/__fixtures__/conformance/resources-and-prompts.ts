import {
  acceptedContent,
  completable,
  type GetPromptResult,
  inputRequired,
  type McpServer,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { form } from './input-tools.ts';
import { IMAGE } from './media.ts';

/** The resources and prompts that the suite reads. Names and texts are the suite's. */
export function registerResourcesAndPrompts(server: McpServer): void {
  const description = 'For the conformance suite.';
  server.registerResource('static-text', 'test://static-text', { description, mimeType: 'text/plain' }, ({ href: uri }) => ({
    contents: [{ uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }],
  }));
  server.registerResource('watched', 'test://watched-resource', { description, mimeType: 'text/plain' }, ({ href: uri }) => ({
    contents: [{ uri, mimeType: 'text/plain', text: 'watched' }],
  }));
  server.registerResource('static-binary', 'test://static-binary', { description, mimeType: 'image/png' }, ({ href: uri }) => ({
    contents: [{ uri, mimeType: 'image/png', blob: IMAGE.data }],
  }));
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description, mimeType: 'application/json' },
    ({ href: uri }, { id }) => {
      const data = { id, templateTest: true, data: `Data for ID: ${id}` };
      return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(data) }] };
    },
  );
  server.registerPrompt('test_simple_prompt', { description }, () => says('This is a simple prompt for testing.'));
  const cities = completable(z.string(), (value) => ['paris', 'park', 'party'].filter((each) => each.startsWith(value)));
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description, argsSchema: z.object({ arg1: cities, arg2: z.string() }) },
    ({ arg1, arg2 }) => says(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description, argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => {
      const resource = { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' };
      const { messages } = says('Please process the embedded resource above.');
      return { messages: [{ role: 'user', content: { type: 'resource', resource } }, ...messages] };
    },
  );
  server.registerPrompt('test_prompt_with_image', { description }, () => {
    return { messages: [{ role: 'user', content: IMAGE }, ...says('Please analyze the image above.').messages] };
  });
  const context = z.object({ context: z.string() });
  server.registerPrompt('test_input_required_result_prompt', { description }, ({ mcpReq }) => {
    const given = acceptedContent(mcpReq.inputResponses, 'user_context', context);
    if (given) return says(`In the context of ${given.context}.`);
    return inputRequired({ inputRequests: { user_context: form('What context should the prompt use?', context) } });
  });
}

function says(said: string): GetPromptResult {
  return { messages: [{ role: 'user', content: { type: 'text', text: said } }] };
}

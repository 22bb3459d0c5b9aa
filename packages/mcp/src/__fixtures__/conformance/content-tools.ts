import { setTimeout } from 'node:timers/promises';
import type { CallToolResult, ContentBlock, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { AUDIO, IMAGE } from './media.ts';

const nothing = z.object({});

/** The tools by which the conformance suite looks at content, errors, logs and progress. Names and texts are the suite's. */
export function registerContentTools(server: McpServer): void {
  const fixed = (name: string, description: string, ...content: ContentBlock[]): void => {
    server.registerTool(name, { description, inputSchema: nothing }, () => ({ content }));
  };
  fixed('test_simple_text', 'Text.', text('This is a simple text response for testing.'));
  fixed('test_image_content', 'An image.', IMAGE);
  fixed('test_audio_content', 'A sound.', AUDIO);
  fixed('test_embedded_resource', 'A resource.', {
    type: 'resource',
    resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'This is an embedded resource content.' },
  });
  fixed('test_multiple_content_types', 'Text, an image and a resource.', text('Multiple content types test:'), IMAGE, {
    type: 'resource',
    resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json', text: '{"test":"data","value":123}' },
  });
  server.registerTool('test_error_handling', { description: 'Fails.', inputSchema: nothing }, (): CallToolResult => {
    throw new Error('This tool intentionally returns an error for testing');
  });
  for (const name of ['test_tool_with_logging', 'test_logging_tool']) {
    server.registerTool(name, { description: 'Logs.', inputSchema: nothing }, async (_input, { mcpReq }) => {
      for (const said of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await mcpReq.log('info', said);
        await setTimeout(50);
      }
      return { content: [text('logged')] };
    });
  }
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Tells progress.', inputSchema: nothing },
    async (_input, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
        }
        await setTimeout(50);
      }
      return { content: [text('told')] };
    },
  );
}

export function text(said: string): ContentBlock {
  return { type: 'text', text: said };
}

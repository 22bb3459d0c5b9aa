import { type InputRequest, inputRequired, inputResponse, type McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { text } from './content-tools.ts';
import { ask, sampling } from './input-tools.ts';

const nothing = z.object({});

/** The tools by which the suite has the client asked in the revisions with `initialize`. Names and forms are the suite's. */
export function registerAskingTools(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    { description: 'Asks the model.', inputSchema: z.object({ prompt: z.string() }) },
    ({ prompt }, { mcpReq }) => {
      const given = inputResponse(mcpReq.inputResponses, 'answer');
      if (given.kind !== 'sampling') return ask({ answer: sampling(prompt) });
      return { content: [text(`LLM response: ${JSON.stringify(given.result.content)}`)] };
    },
  );
  asking('test_elicitation', z.object({ message: z.string() }), ({ message }) =>
    wireForm(message, { username: { type: 'string' }, email: { type: 'string' } }, ['username', 'email']),
  );
  asking('test_elicitation_sep1034_defaults', nothing, () =>
    wireForm('Defaults', {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    }),
  );
  const options = ['option1', 'option2', 'option3'];
  const titled = [1, 2, 3].map((n) => ({ const: `value${n}`, title: `Option ${n}` }));
  asking('test_elicitation_sep1330_enums', nothing, () =>
    wireForm('Choices', {
      untitledSingle: { type: 'string', enum: options },
      titledSingle: { type: 'string', oneOf: titled },
      legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
      untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
      titledMulti: { type: 'array', items: { anyOf: titled } },
    }),
  );

  function asking<Input>(name: string, input: z.ZodType<Input>, formOf: (given: Input) => InputRequest): void {
    server.registerTool(name, { description: `Asks: ${name}.`, inputSchema: input }, (given: Input, { mcpReq }) => {
      const answer = inputResponse(mcpReq.inputResponses, 'answer');
      if (answer.kind !== 'elicit') return ask({ answer: formOf(given) });
      const { action, content } = answer;
      return { content: [text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`)] };
    });
  }
}

type WireSchema = Extract<Parameters<typeof inputRequired.elicit>[0]['requestedSchema'], { readonly type: 'object' }>;

function wireForm(message: string, properties: WireSchema['properties'], required: string[] = []): InputRequest {
  return inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, required } });
}

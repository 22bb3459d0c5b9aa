import { type Json, MICROKERNELS } from '@tilewright/spec';
import { z } from 'zod';
import { EDIT_EXAMPLES } from '../edits/edit-examples.ts';
import { editSchema, programFormat } from '../edits/edit-schemas.ts';
import { EXAMPLE_PROGRAM } from '../edits/example-program.ts';
import { EDIT_KINDS } from '../edits/parse-edits.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { viewed } from '../tool/results.ts';

export const showEditFormat: AgentTool = lookTool({
  name: 'show_edit_format',
  title: 'Show the form of an edit',
  description:
    'The exact JSON schema of one kind of edit, with an example. Kind "program" is the form of a kernel of your own, kind ' +
    '"microkernels" the operations that its cores can call, with operands, parameters and rounding.',
  input: z.strictObject({ kind: z.enum([...EDIT_KINDS, 'program', 'microkernels']) }),
  output: z.strictObject({
    kind: z.string(),
    schema: z.json().nullable().describe('A JSON schema; null for microkernels.'),
    example: z.json().nullable(),
    microkernels: z
      .array(
        z.strictObject({
          name: z.string(),
          summary: z.string(),
          operands: z.array(z.string()).describe('name: format access'),
          parameters: z.array(z.string()),
          datapath: z.string(),
        }),
      )
      .nullable(),
  }),
  run: ({ kind }) => {
    if (kind === 'microkernels') return viewed({ kind, schema: null, example: null, microkernels: microkernels() });
    const program = kind === 'program';
    return viewed({
      kind,
      schema: (program ? programFormat() : editSchema(kind)) as z.core.util.JSONType,
      example: (program ? EXAMPLE_PROGRAM : withoutProgram(EDIT_EXAMPLES[kind])) as unknown as z.core.util.JSONType,
      microkernels: null,
    });
  },
});

function microkernels() {
  return [...MICROKERNELS.values()].map(({ name, summary, operands, parameters, datapath }) => ({
    ...{ name, summary, parameters: [...parameters], datapath },
    operands: operands.map((operand) => `${operand.name}: ${operand.format} ${operand.access}`),
  }));
}

/** An example shows where a Program goes; what one looks like is shown on its own. */
function withoutProgram(example: object): Json {
  return JSON.parse(
    JSON.stringify(example, (name, value: unknown) =>
      name === 'program' ? 'a Program: show_edit_format with kind "program"' : value,
    ),
  ) as Json;
}

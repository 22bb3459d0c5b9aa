import { z } from 'zod';
import { workspaceUri } from '../resources/workspace-uri.ts';
import { ACTS, type ServerTool, serverTool } from '../tool/server-tool.ts';
import { directoryField } from './fields.ts';

interface ReportOutput {
  readonly file: string;
  readonly bytes: number;
  readonly resource: string;
}

export const report: ServerTool = serverTool<{ readonly directory: string }, ReportOutput>({
  name: 'report',
  title: "Write a deployment's report",
  description:
    'Writes report.html, one page with everything that a deployment found, into its directory, and gives its path and the ' +
    'address of the same as a resource.',
  effects: { ...ACTS, idempotentHint: true },
  input: z.strictObject({ directory: directoryField }),
  output: z.object({ file: z.string(), bytes: z.int(), resource: z.string() }),
  run: async ({ directory: named }, { state }) => {
    const directory = await state.workspaces.below(named, 'directory');
    const { file, bytes } = await state.service.report(directory);
    const resource = workspaceUri(state.workspaces.nameOf(directory), 'report');
    return { data: { file, bytes, resource }, text: `${file} (${bytes} bytes), also ${resource}` };
  },
});

import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import type { ServerState } from '../server/server-state.ts';
import { resourceText } from './resource-error.ts';
import { decoded } from './workspace-uri.ts';

const KERNELS = 'tilewright://registry/kernels';
const MIME_TYPE = 'application/json';

/** The kernels of the registry and the published rows of each. */
export function registerRegistryResources(server: McpServer, { service }: ServerState): void {
  const kernelNames = async (): Promise<string[]> => (await service.kernels()).map(({ name }) => name);
  const namesFrom = async (value: string): Promise<string[]> =>
    (await kernelNames()).filter((name) => name.startsWith(value));
  server.registerResource(
    'registry-kernels',
    KERNELS,
    {
      title: 'Kernels of the registry',
      description: 'Each with the names of its shape and settings, and how many rows are published of it.',
      mimeType: MIME_TYPE,
    },
    (uri) => resourceText(uri, MIME_TYPE, async () => json(await service.kernels())),
  );
  server.registerResource(
    'registry-rows',
    new ResourceTemplate(`${KERNELS}/{kernel}`, {
      list: async () => ({
        resources: (await service.kernels()).map(({ name, summary, publishedRows }) => ({
          ...{
            uri: `${KERNELS}/${encodeURIComponent(name)}`,
            name: `rows of ${name}`,
            title: `Published rows of ${name}`,
          },
          description: `${summary} ${publishedRows} published rows.`,
          mimeType: MIME_TYPE,
        })),
      }),
      complete: { kernel: namesFrom },
    }),
    {
      title: 'Published rows of a kernel',
      description: "Another project's measurements, as configurations of the kernel; the fastest first.",
      mimeType: MIME_TYPE,
    },
    (uri, variables) =>
      resourceText(uri, MIME_TYPE, async () => {
        const kernel = decoded(variables.kernel);
        return (await kernelNames()).includes(kernel) ? json(await service.rows(kernel)) : null;
      }),
  );
  server.registerResource(
    'registry-row',
    new ResourceTemplate(`${KERNELS}/{kernel}/rows/{row}`, { list: undefined, complete: { kernel: namesFrom } }),
    { title: 'A published row', description: 'By its id.', mimeType: MIME_TYPE },
    (uri, variables) =>
      resourceText(uri, MIME_TYPE, async () => {
        const [kernel, wanted] = [decoded(variables.kernel), decoded(variables.row)];
        if (!(await kernelNames()).includes(kernel)) return null;
        const row = (await service.rows(kernel)).find(({ id }) => id === wanted);
        return row === undefined ? null : json(row);
      }),
  );
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import type { ServerState } from '../server/server-state.ts';
import { resourceText } from './resource-error.ts';
import { decoded } from './workspace-uri.ts';

const MIME_TYPE = 'text/markdown';

export function skillUri(name: string): string {
  return `tilewright://skills/${encodeURIComponent(name)}`;
}

/** The SKILL.md of every skill that is installed. */
export function registerSkillResources(server: McpServer, { service }: ServerState): void {
  server.registerResource(
    'skill',
    new ResourceTemplate('tilewright://skills/{skill}', {
      list: async () => ({
        resources: (await service.skills()).map(({ name, description }) => {
          return { uri: skillUri(name), name, title: name, description, mimeType: MIME_TYPE };
        }),
      }),
      complete: {
        skill: async (value) =>
          (await service.skills()).map(({ name }) => name).filter((name) => name.startsWith(value)),
      },
    }),
    { title: 'A skill', description: 'The text of its SKILL.md.', mimeType: MIME_TYPE },
    (uri, variables) =>
      resourceText(uri, MIME_TYPE, async () => {
        const wanted = decoded(variables.skill);
        return (await service.skills()).find(({ name }) => name === wanted)?.document ?? null;
      }),
  );
}

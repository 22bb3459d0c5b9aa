import { join, relative, resolve } from 'node:path';
import { type AtomicWrite, atomicWriter } from '@tilewright/phases';
import { TilewrightError } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { loadConfig } from '../config/load-config.ts';
import { installedServer, type McpServerCommand, publishedServer } from '../plugins/mcp-server-command.ts';
import { placeFiles } from '../plugins/place-files.ts';
import { type Placement, planPlacement } from '../plugins/placement.ts';
import { pluginContent } from '../plugins/plugin-content.ts';
import { PLUGIN_HOSTS, type PluginHost } from '../plugins/plugin-hosts.ts';
import { type PluginSkills, pluginSkills } from '../plugins/plugin-skills.ts';

export interface PluginsRequest {
  readonly out: string;
  /** Empty: all of them. */
  readonly hosts: readonly PluginHost[];
  /** Skills of the user's, as for `deploy`; empty: those of the configuration. */
  readonly skills: readonly string[];
  /** Start the MCP server from this installation, not by npx. */
  readonly local: boolean;
  /** Replace and remove what was not generated, or was changed since. */
  readonly force: boolean;
  readonly write?: AtomicWrite;
}

export interface GeneratedPlugin {
  readonly host: PluginHost;
  readonly directory: string;
  /** Paths within the directory, by what was done with them. */
  readonly created: readonly string[];
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
  /** What a user of the host types. */
  readonly install: readonly string[];
}

export interface PluginsResult {
  readonly out: string;
  readonly version: string;
  readonly server: McpServerCommand;
  readonly skills: readonly { readonly name: string; readonly origin: 'built-in' | 'user'; readonly where: string }[];
  readonly withoutDocument: PluginSkills['withoutDocument'];
  readonly plugins: readonly GeneratedPlugin[];
}

/**
 * Writes a plugin for each host into a directory of its name. Looks at all of them before it writes any: where
 * something is in the way that was not generated, and `force` is not given, it throws `usage` and has written
 * nothing.
 */
export async function plugins(
  request: PluginsRequest,
  { surroundings, signal }: CommandContext,
): Promise<PluginsResult> {
  const { hosts, local, force, write = atomicWriter() } = request;
  const out = resolve(surroundings.cwd, request.out);
  const found = await pluginSkills(request.skills, await loadConfig(surroundings.cwd));
  const content = pluginContent(found.skills, local ? installedServer() : publishedServer());
  const all = Object.keys(PLUGIN_HOSTS) as PluginHost[];
  const chosen = all.filter((host) => hosts.length === 0 || hosts.includes(host));
  const placements = await Promise.all(
    chosen.map((host) => planPlacement(join(out, host), PLUGIN_HOSTS[host].files(content))),
  );
  const foreign = placements.flatMap(({ root, foreign }) => foreign.map((path) => relative(out, join(root, path))));
  if (foreign.length > 0 && !force) throw notOurs(out, foreign);
  for (const placement of placements) await placeFiles(placement, write, signal);
  return {
    ...{ out, version: content.version, server: content.server },
    skills: found.skills.map(({ name, origin, where }) => ({ name, origin, where })),
    withoutDocument: found.withoutDocument,
    plugins: chosen.map((host, index) => generated(host, placements[index] as Placement)),
  };
}

function generated(host: PluginHost, { root, created, replaced, removed, unchanged }: Placement): GeneratedPlugin {
  const install = PLUGIN_HOSTS[host].install.map((line) => line.replace('DIR', () => root));
  return { host, directory: root, created, replaced, removed, unchanged, install };
}

function notOurs(out: string, foreign: readonly string[]): TilewrightError {
  return new TilewrightError(
    'usage',
    `${foreign.length} of the files in ${out} were not generated, or were changed since: ${foreign.join(', ')}.`,
    'Look at what is in them, and generate with --force to replace them, or choose another directory.',
    { field: '--force', file: join(out, foreign[0] as string), foreign },
  );
}

import { SERVER_START_SECONDS } from './codex-plugin.ts';
import { type GeneratedFile, jsonFile } from './generated-file.ts';
import type { McpServerCommand } from './mcp-server-command.ts';
import type { PluginContent } from './plugin-content.ts';
import { PLUGIN } from './plugin-identity.ts';
import { skillFiles } from './skill-files.ts';

/**
 * What goes into a project for agents that know no plugins: `.agents/skills` of the Agent Skills format
 * (agentskills.io), and the server where they look for it: `.mcp.json`, which many read, and Codex's
 * `.codex/config.toml`. There is no file of a common name (README.md, AGENTS.md), so that the whole can be copied
 * into a project.
 */
export function agentsFolder({ skills, server }: PluginContent): readonly GeneratedFile[] {
  return [
    ...skillFiles('.agents/skills', skills),
    { path: '.codex/config.toml', text: codexConfig(server) },
    jsonFile('.mcp.json', { mcpServers: { [PLUGIN.name]: server } }),
  ];
}

/** A JSON string is a TOML basic string: both escape with a backslash, and share the escapes that JSON makes. */
function codexConfig({ command, args }: McpServerCommand): string {
  return [
    `[mcp_servers.${PLUGIN.name}]`,
    `command = ${JSON.stringify(command)}`,
    `args = [${args.map((arg) => JSON.stringify(arg)).join(', ')}]`,
    `startup_timeout_sec = ${SERVER_START_SECONDS}`,
    '',
  ].join('\n');
}

/**
 * What a user types; DIR is the directory of the folder, PROJECT that of a project. Nothing that is there is replaced.
 */
export const AGENTS_INSTALL: readonly string[] = ['cp -Rn DIR/. PROJECT/'];

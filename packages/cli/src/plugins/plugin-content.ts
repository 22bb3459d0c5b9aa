import { createHash } from 'node:crypto';
import { packageInfo } from '../package-info.ts';
import type { McpServerCommand } from './mcp-server-command.ts';
import type { PluginSkill } from './plugin-skills.ts';

/** What all hosts get, each in its own form. */
export interface PluginContent {
  readonly skills: readonly PluginSkill[];
  readonly server: McpServerCommand;
  readonly version: string;
}

/**
 * Our version; with skills of the user's, followed by a digest of their documents (`0.1.0+skills.1f0c9a2b`): hosts
 * keep a plugin by its version, and would not take up a changed document otherwise.
 */
export function pluginContent(skills: readonly PluginSkill[], server: McpServerCommand): PluginContent {
  const { version } = packageInfo();
  const own = skills.filter(({ origin }) => origin === 'user').map(({ document }) => document);
  const digest = createHash('sha256').update(JSON.stringify(own)).digest('hex').slice(0, 8);
  return { skills, server, version: own.length === 0 ? version : `${version}+skills.${digest}` };
}

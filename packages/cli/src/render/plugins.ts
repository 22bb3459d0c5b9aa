import type { GeneratedPlugin, PluginsResult } from '../commands/plugins.ts';
import type { PluginHost } from '../plugins/plugin-hosts.ts';
import type { Style } from '../terminal/style.ts';

const FOR: Readonly<Record<PluginHost, string>> = {
  claude: 'Claude Code',
  codex: 'Codex',
  agents: 'agents without plugins (.agents/skills)',
};

export function renderPlugins(
  { version, server, skills, withoutDocument, plugins }: PluginsResult,
  style: Style,
): string[] {
  const own = skills.filter(({ origin }) => origin === 'user').map(({ name }) => name);
  return [
    style.bold(
      `${skills.length} skills, version ${version}${own.length === 0 ? '' : `; of your own: ${own.join(', ')}`}`,
    ),
    `The MCP server starts as:  ${[server.command, ...server.args].join(' ')}`,
    ...withoutDocument.map(({ skill, where }) =>
      style.bad(`Left out: ${skill} (${where}) has no SKILL.md, which is all that a coding agent reads of a skill.`),
    ),
    ...plugins.flatMap((plugin) => ['', ...renderPlugin(plugin, style)]),
  ];
}

function renderPlugin(
  { host, directory, created, replaced, removed, unchanged, install }: GeneratedPlugin,
  style: Style,
): string[] {
  const counts = [
    `${created.length} files created`,
    `${replaced.length} replaced`,
    `${removed.length} removed`,
    `${unchanged.length} unchanged`,
  ];
  return [`${style.bold(`For ${FOR[host]}`)}: ${directory}`, counts.join(', '), ...install.map((line) => `  ${line}`)];
}

import { type GeneratedFile, jsonFile } from './generated-file.ts';
import type { PluginContent } from './plugin-content.ts';
import { PLUGIN } from './plugin-identity.ts';
import { pluginReadme } from './plugin-readme.ts';
import { skillFiles } from './skill-files.ts';

const ROOT = `plugins/${PLUGIN.name}`;

/**
 * A marketplace for Claude Code with one plugin: code.claude.com/docs, "Plugins reference" and "Plugin marketplaces".
 * Claude Code finds `skills/` and `.mcp.json` in a plugin by itself. The marketplace file is last: without it nothing
 * is there to be installed.
 */
export function claudePlugin({ skills, server, version }: PluginContent): readonly GeneratedFile[] {
  const { name, displayName, summary, description, author, license, keywords } = PLUGIN;
  return [
    ...skillFiles(`${ROOT}/skills`, skills),
    jsonFile(`${ROOT}/.mcp.json`, { mcpServers: { [name]: server } }),
    { path: `${ROOT}/README.md`, text: pluginReadme(skills, server, CLAUDE_INSTALL) },
    jsonFile(`${ROOT}/.claude-plugin/plugin.json`, {
      $schema: 'https://json.schemastore.org/claude-code-plugin-manifest.json',
      ...{ name, displayName, version, description },
      author: { name: author },
      ...{ license, keywords },
    }),
    jsonFile('.claude-plugin/marketplace.json', {
      $schema: 'https://json.schemastore.org/claude-code-marketplace.json',
      ...{ name, description: summary },
      owner: { name: author },
      plugins: [{ name, source: `./${ROOT}`, description, version, category: 'development', keywords }],
    }),
  ];
}

/** What a user of Claude Code types; DIR is the directory of the marketplace. */
export const CLAUDE_INSTALL: readonly string[] = [
  'claude plugin marketplace add DIR',
  `claude plugin install ${PLUGIN.name}@${PLUGIN.name}`,
];

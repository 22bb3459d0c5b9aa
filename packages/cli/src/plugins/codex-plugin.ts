import { type GeneratedFile, jsonFile } from './generated-file.ts';
import type { PluginContent } from './plugin-content.ts';
import { PLUGIN } from './plugin-identity.ts';
import { pluginReadme } from './plugin-readme.ts';
import { skillFiles } from './skill-files.ts';

const ROOT = `plugins/${PLUGIN.name}`;
const CATEGORY = 'Developer Tools';
/** Codex waits ten seconds by itself; npx may have to fetch the package first. */
export const SERVER_START_SECONDS = 120;

/**
 * A marketplace for Codex with one plugin: developers.openai.com/codex, "Build plugins". Paths in its manifest begin
 * with `./` and are within the plugin; what breaks a rule is ignored with a warning, not refused, so tests hold each
 * rule. The marketplace file is last: without it nothing is there to be installed.
 */
export function codexPlugin({ skills, server, version }: PluginContent): readonly GeneratedFile[] {
  const { name, displayName, summary, description, author, license, keywords } = PLUGIN;
  return [
    ...skillFiles(`${ROOT}/skills`, skills),
    jsonFile(`${ROOT}/.mcp.json`, { mcpServers: { [name]: { ...server, startup_timeout_sec: SERVER_START_SECONDS } } }),
    { path: `${ROOT}/README.md`, text: pluginReadme(skills, server, CODEX_INSTALL) },
    jsonFile(`${ROOT}/.codex-plugin/plugin.json`, {
      ...{ name, version, description },
      author: { name: author },
      ...{ license, keywords },
      skills: './skills/',
      mcpServers: './.mcp.json',
      interface: {
        displayName,
        shortDescription: summary,
        longDescription: description,
        developerName: author,
        category: CATEGORY,
        capabilities: ['Interactive', 'Read', 'Write'],
        defaultPrompt: [
          'Deploy the model in models/tiny-llama with Tilewright, and ask me at each checkpoint.',
          'Look at the last Tilewright deployment: which gate failed, and why?',
        ],
      },
    }),
    jsonFile('.agents/plugins/marketplace.json', {
      name,
      interface: { displayName },
      plugins: [
        {
          name,
          source: { source: 'local', path: `./${ROOT}` },
          policy: { installation: 'AVAILABLE', authentication: 'ON_INSTALL' },
          category: CATEGORY,
        },
      ],
    }),
  ];
}

/** What a user of Codex types; DIR is the directory of the marketplace. */
export const CODEX_INSTALL: readonly string[] = [
  'codex plugin marketplace add DIR',
  `codex plugin add ${PLUGIN.name}@${PLUGIN.name}`,
];

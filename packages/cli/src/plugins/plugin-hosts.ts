import { AGENTS_INSTALL, agentsFolder } from './agents-folder.ts';
import { CLAUDE_INSTALL, claudePlugin } from './claude-plugin.ts';
import { CODEX_INSTALL, codexPlugin } from './codex-plugin.ts';
import type { GeneratedFile } from './generated-file.ts';
import type { PluginContent } from './plugin-content.ts';

/** Who a plugin is for; also the name of its directory. */
export type PluginHost = 'claude' | 'codex' | 'agents';

interface HostForm {
  /** In the order in which they are put in place. */
  readonly files: (content: PluginContent) => readonly GeneratedFile[];
  readonly install: readonly string[];
}

export const PLUGIN_HOSTS: Readonly<Record<PluginHost, HostForm>> = {
  claude: { files: claudePlugin, install: CLAUDE_INSTALL },
  codex: { files: codexPlugin, install: CODEX_INSTALL },
  agents: { files: agentsFolder, install: AGENTS_INSTALL },
};

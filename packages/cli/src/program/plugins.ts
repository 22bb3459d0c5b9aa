import { type Command, Option } from 'commander';
import { done } from '../outcome.ts';
import type { PluginHost } from '../plugins/plugin-hosts.ts';
import { withJson } from './json-option.ts';
import { each } from './parsers.ts';
import type { Runner } from './runner.ts';

interface PluginsFlags {
  readonly json?: boolean;
  readonly out: string;
  readonly host?: readonly PluginHost[];
  readonly skill?: readonly string[];
  readonly local?: boolean;
  readonly force?: boolean;
}

export function addPlugins(program: Command, run: Runner): void {
  withJson(program.command('plugins'))
    .description('write plugins for coding agents: the skills, and the MCP server configured')
    .requiredOption('--out <dir>', 'where they go, each in a directory of its own')
    .addOption(
      new Option('--host <names...>', 'for whom (default: all)').choices([
        'claude',
        'codex',
        'agents',
      ] satisfies PluginHost[]),
    )
    .option('--skill <module>', "a further skill: a module or a package's directory; may be given several times", each)
    .option('--local', 'start the MCP server from this installation rather than by npx')
    .option('--force', 'replace files that were not generated, or were changed since')
    .action(({ json = false, out, host = [], skill = [], local = false, force = false }: PluginsFlags) =>
      run({ json }, async (context) => {
        const { plugins } = await import('../commands/plugins.ts');
        const { renderPlugins } = await import('../render/plugins.ts');
        const result = await plugins({ out, hosts: host, skills: skill, local, force }, context);
        return done(result, (style) => renderPlugins(result, style));
      }),
    );
}

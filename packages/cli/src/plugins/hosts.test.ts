import { execFile, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../__fixtures__/repository.ts';
import { jsonRpc } from './__fixtures__/json-rpc.ts';
import { pluginsRun, skillDocument, skillModule } from './__fixtures__/plugins-run.ts';

/*
 * The hosts themselves as judges of what is generated: executables of Claude Code and of Codex, which are too large
 * (240 and 400 MB) to be installed for every run of the tests. They need no network and no account for this.
 * docs/plugins.md says how to get them.
 */
const { TILEWRIGHT_CLAUDE: claude, TILEWRIGHT_CODEX: codex } = process.env;
const SKILLS = 18;

/** Generated plugins with a skill of the user's among them, and an empty home directory for a host. */
async function generated(): Promise<{ out: string; home: string }> {
  const directory = await temporaryDirectory();
  const frontmatter = `description: >-\n  Says: "a" 'b',\n  and #c.\ncompatibility: "Needs: luck"`;
  const skill = await skillModule(directory, 'mine.mjs', 'mine', skillDocument('mine', frontmatter));
  expect((await pluginsRun(directory, '--skill', skill)).exitStatus).toBe(0);
  return { out: join(directory, 'out'), home: await temporaryDirectory() };
}

async function run(file: string, args: readonly string[], home: string): Promise<string> {
  const environment = { PATH: process.env.PATH ?? '', HOME: home, DISABLE_AUTOUPDATER: '1' };
  return (await promisify(execFile)(file, [...args], { env: environment, cwd: home, timeout: 60_000 })).stdout;
}

interface ListedSkill {
  readonly scope: string;
  readonly pluginId?: string;
}

/** Asks a Codex app server; also what it wrote to its log. */
async function askCodex(
  home: string,
  requests: readonly (readonly [method: string, params: unknown])[],
  // biome-ignore lint/suspicious/noExplicitAny: what another program prints, looked at with expect
): Promise<{ answers: any[]; log: string }> {
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    RUST_LOG: 'codex_core_plugins=warn,codex_core_skills=warn',
  };
  const child = spawn(codex as string, ['app-server'], { env: environment, cwd: home });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const server = jsonRpc(child.stdout, child.stdin);
  try {
    await server.ask('initialize', { clientInfo: { name: 'tilewright', version: '0' } });
    server.tell('initialized');
    const answers: unknown[] = [];
    for (const [method, params] of requests) answers.push(await server.ask(method, params));
    return { answers, log };
  } finally {
    child.kill();
  }
}

describe.skipIf(claude === undefined)('Claude Code (where TILEWRIGHT_CLAUDE names its executable)', () => {
  it('accepts marketplace and plugin, strictly, and installs it', { timeout: 120_000 }, async () => {
    const { out, home } = await generated();
    for (const place of ['claude', 'claude/plugins/tilewright']) {
      expect(await run(claude as string, ['plugin', 'validate', '--strict', join(out, place)], home)).toContain(
        'passed',
      );
    }
    await run(claude as string, ['plugin', 'marketplace', 'add', join(out, 'claude')], home);
    await run(claude as string, ['plugin', 'install', 'tilewright@tilewright'], home);
    const details = await run(claude as string, ['plugin', 'details', 'tilewright@tilewright'], home);
    expect(details).toMatch(new RegExp(`Skills \\(${SKILLS}\\)`));
    expect(details).toMatch(/MCP servers \(1\)/);
  });
});

describe.skipIf(codex === undefined)('Codex (where TILEWRIGHT_CODEX names its executable)', () => {
  it('installs the plugin with all its skills and the server, and warns of nothing', { timeout: 120_000 }, async () => {
    const { out, home } = await generated();
    await run(codex as string, ['plugin', 'marketplace', 'add', join(out, 'codex')], home);
    const added = JSON.parse(await run(codex as string, ['plugin', 'add', 'tilewright@tilewright', '--json'], home));
    expect(added.version).toMatch(/\+skills\./);
    const server = JSON.parse(await run(codex as string, ['mcp', 'get', 'tilewright', '--json'], home));
    expect(server).toMatchObject({
      enabled: true,
      startup_timeout_sec: 120,
      transport: { type: 'stdio', command: 'npx' },
    });
    const marketplacePath = join(out, 'codex/.agents/plugins/marketplace.json');
    const { answers, log } = await askCodex(home, [
      ['plugin/list', {}],
      ['plugin/read', { marketplacePath, pluginName: 'tilewright' }],
      ['skills/list', { cwds: [join(out, 'agents')] }],
    ]);
    expect(answers[0].marketplaceLoadErrors).toEqual([]);
    const { plugin } = answers[1];
    expect([plugin.skills.length, plugin.mcpServers]).toEqual([SKILLS, ['tilewright']]);
    expect(plugin.summary.interface.defaultPrompt).toHaveLength(2);
    const [{ skills, errors }] = answers[2].data;
    expect(errors).toEqual([]);
    const of = (scope: string): ListedSkill[] => skills.filter((one: ListedSkill) => one.scope === scope);
    expect(of('user').filter((one) => one.pluginId === 'tilewright@tilewright')).toHaveLength(SKILLS);
    // The folder for agents without plugins, in a project.
    expect(of('repo')).toHaveLength(SKILLS);
    // What breaks a rule is ignored with a warning. The rest of the log is about what it could not fetch.
    expect(
      log.split('\n').filter((line) => /codex_core_(?:plugins|skills)::(?!startup_sync|manager)/.test(line)),
    ).toEqual([]);
  });

  it('accepts every SKILL.md by the validator that it brings along', { timeout: 120_000 }, async () => {
    const { out, home } = await generated();
    // Installs the skills that it has by itself.
    await run(codex as string, ['debug', 'prompt-input', 'hello'], home);
    const validator = join(home, '.codex/skills/.system/skill-creator/scripts/quick_validate.py');
    const folders = ['codex/plugins/tilewright/skills', 'agents/.agents/skills'].map((place) => join(out, place));
    for (const folder of folders) {
      const names = await readdir(folder);
      expect(names).toHaveLength(SKILLS);
      for (const name of names) expect(await run('python3', [validator, join(folder, name)], home)).toContain('valid!');
    }
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { validate } from 'skills-ref';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { temporaryDirectory } from '../__fixtures__/repository.ts';
import { packageInfo } from '../package-info.ts';
import { parseSkillDocument } from '../skills/front-matter.ts';
import { skillDocumentFaults } from '../skills/skill-document-faults.ts';
import { claudeMarketplaceRules, claudePluginRules, claudeServersRules } from './__fixtures__/claude-rules.ts';
import {
  CODEX_SKILL_FIELDS,
  codexMarketplaceRules,
  codexPluginRules,
  codexServersRules,
} from './__fixtures__/codex-rules.ts';
import { filesBelow, pluginsRun, skillDocument, skillModule } from './__fixtures__/plugins-run.ts';
import { RECORD_FILE } from './generation-record.ts';

const PLUGIN = 'plugins/tilewright';
const { version } = packageInfo();

const MANIFESTS: readonly (readonly [file: string, rules: z.ZodType])[] = [
  ['claude/.claude-plugin/marketplace.json', claudeMarketplaceRules],
  [`claude/${PLUGIN}/.claude-plugin/plugin.json`, claudePluginRules],
  [`claude/${PLUGIN}/.mcp.json`, claudeServersRules],
  ['codex/.agents/plugins/marketplace.json', codexMarketplaceRules],
  [`codex/${PLUGIN}/.codex-plugin/plugin.json`, codexPluginRules],
  [`codex/${PLUGIN}/.mcp.json`, codexServersRules],
  ['agents/.mcp.json', claudeServersRules],
];

/** Holds every SKILL.md below a directory against three sets of rules. Returns how many there are, and what breaks. */
async function skillFaults(out: string): Promise<{ count: number; faults: readonly string[] }> {
  const documents = Object.entries(await filesBelow(out)).filter(([path]) => path.endsWith('/SKILL.md'));
  const faults = documents.map(async ([path, text]) => {
    const folder = dirname(path);
    const ours = skillDocumentFaults(text, folder.slice(folder.lastIndexOf('/') + 1)).map(({ message }) => message);
    const fields = Object.keys(parseSkillDocument(text).fields ?? {});
    const codex = fields
      .filter((field) => !CODEX_SKILL_FIELDS.includes(field))
      .map((field) => `Codex knows no ${field}`);
    return [...ours, ...codex, ...(await validate(join(out, folder)))].map((fault) => `${path}: ${fault}`);
  });
  return { count: documents.length, faults: (await Promise.all(faults)).flat() };
}

describe('tilewright plugins', async () => {
  it('writes three plugins whose manifests keep the rules of their hosts, and whose skills keep all of them', async () => {
    const directory = await temporaryDirectory();
    const { exitStatus, json } = await pluginsRun(directory);
    expect(exitStatus).toBe(0);
    const { skills, plugins } = json();
    expect(skills).toHaveLength(17);
    expect(skills.map(({ name }: { name: string }) => name)).toContain('drive-deployment-through-mcp');
    expect(plugins.map(({ host }: { host: string }) => host)).toEqual(['claude', 'codex', 'agents']);
    expect(await skillFaults(join(directory, 'out'))).toEqual({ count: 3 * 17, faults: [] });
    const files = await filesBelow(join(directory, 'out'));
    for (const [file, rules] of MANIFESTS) {
      expect(rules.safeParse(JSON.parse(files[file] as string)).error, file).toBeUndefined();
    }
    for (const { directory: root, created } of plugins) {
      const written = Object.keys(await filesBelow(root)).filter((path) => path !== RECORD_FILE);
      expect(written).toEqual([...created].sort());
    }
  });

  it('names only what is there: the plugin in its marketplace, and the files in the manifest of Codex', async () => {
    const directory = await temporaryDirectory();
    await pluginsRun(directory);
    const files = await filesBelow(join(directory, 'out'));
    const read = (file: string) => JSON.parse(files[file] as string);
    const [claude] = read('claude/.claude-plugin/marketplace.json').plugins;
    expect(files).toHaveProperty([join('claude', claude.source, '.claude-plugin/plugin.json')]);
    const [codex] = read('codex/.agents/plugins/marketplace.json').plugins;
    const root = join('codex', codex.source.path);
    const manifest = read(join(root, '.codex-plugin/plugin.json'));
    expect(files).toHaveProperty([join(root, manifest.mcpServers)]);
    expect(files).toHaveProperty([join(root, manifest.skills, 'phase-7-evaluate/SKILL.md')]);
    expect([claude.name, codex.name]).toEqual([
      read(`claude/${PLUGIN}/.claude-plugin/plugin.json`).name,
      manifest.name,
    ]);
  });

  it('starts the server of this version by npx, or this installation', async () => {
    const directory = await temporaryDirectory();
    const published = { command: 'npx', args: ['-y', `@tilewright/cli@${version}`, 'mcp'] };
    expect((await pluginsRun(directory)).json().server).toEqual(published);
    const configured = async (): Promise<unknown[]> => {
      const files = await filesBelow(join(directory, 'out'));
      return [`claude/${PLUGIN}/.mcp.json`, `codex/${PLUGIN}/.mcp.json`, 'agents/.mcp.json'].map(
        (file) => JSON.parse(files[file] as string).mcpServers.tilewright,
      );
    };
    for (const server of await configured()) expect(server).toMatchObject(published);
    const { server, plugins } = (await pluginsRun(directory, '--local')).json();
    expect(server).toEqual({ command: process.execPath, args: [packageInfo().bin, 'mcp'] });
    for (const one of await configured()) expect(one).toMatchObject(server);
    expect(plugins[2].replaced).toEqual(['.codex/config.toml', '.mcp.json']);
    const { 'agents/.codex/config.toml': toml } = await filesBelow(join(directory, 'out'));
    expect(toml).toContain(`command = ${JSON.stringify(process.execPath)}\n`);
  });

  it('writes for the hosts that are named, and for no others', async () => {
    const directory = await temporaryDirectory();
    await pluginsRun(directory, '--host', 'codex', '--host', 'agents');
    const tops = Object.keys(await filesBelow(join(directory, 'out'))).map((path) => path.split('/')[0]);
    expect(new Set(tops)).toEqual(new Set(['agents', 'codex']));
    expect((await pluginsRun(directory, '--host', 'emacs')).exitStatus).toBe(2);
  });

  it('tells people what to type', async () => {
    const directory = await temporaryDirectory();
    const { plugins } = (await pluginsRun(directory, '--host', 'claude', 'codex')).json();
    expect(plugins[0].install).toEqual([
      `claude plugin marketplace add ${join(directory, 'out/claude')}`,
      'claude plugin install tilewright@tilewright',
    ]);
    expect(plugins[1].install[1]).toBe('codex plugin add tilewright@tilewright');
  });
});

describe('the rules of the hosts', async () => {
  const files: Readonly<Record<string, string>> = {};
  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tilewright-cli-'));
    await pluginsRun(directory);
    Object.assign(files, await filesBelow(join(directory, 'out')));
    await rm(directory, { recursive: true });
  });

  const plugin = `claude/${PLUGIN}/.claude-plugin/plugin.json`;
  const marketplace = 'claude/.claude-plugin/marketplace.json';
  const codexPlugin = `codex/${PLUGIN}/.codex-plugin/plugin.json`;
  const codexMarketplace = 'codex/.agents/plugins/marketplace.json';
  it.each<[what: string, file: string, path: string, value: unknown]>([
    ['a plugin name with a space', plugin, 'name', 'tile wright'],
    ['a version that is a number', plugin, 'version', 1],
    ['a field that is unknown', plugin, 'network', {}],
    ['a marketplace that leads out', marketplace, 'name', 'a/../b'],
    ['a reserved name', marketplace, 'name', 'claude-official'],
    ['no owner', marketplace, 'owner', undefined],
    ['a source outside', marketplace, 'plugins.0.source', './../x'],
    ['a server without a command', `claude/${PLUGIN}/.mcp.json`, 'mcpServers.tilewright.command', undefined],
    ['a path without ./', codexPlugin, 'mcpServers', '.mcp.json'],
    ['a prompt that is too long', codexPlugin, 'interface.defaultPrompt', ['x'.repeat(513)]],
    ['four prompts', codexPlugin, 'interface.defaultPrompt', ['a', 'b', 'c', 'd']],
    ['a policy that is none', codexMarketplace, 'plugins.0.policy.installation', 'MAYBE'],
    ['a marketplace name with a space', codexMarketplace, 'name', 'a b'],
    ['an argument that is no text', `codex/${PLUGIN}/.mcp.json`, 'mcpServers.tilewright.args', [3]],
  ])('refuse %s', (_what, file, path, value) => {
    const manifest = JSON.parse(files[file] as string);
    const rules = MANIFESTS.find(([name]) => name === file)?.[1] as z.ZodType;
    expect(rules.safeParse(manifest).success).toBe(true);
    const names = path.split('.');
    const last = names.pop() as string;
    names.reduce((at, name) => at[name], manifest)[last] = value;
    expect(rules.safeParse(JSON.parse(JSON.stringify(manifest))).success).toBe(false);
  });
});

describe('skills of the user', async () => {
  it('are in every plugin, take the place of ours, and change the version', async () => {
    const directory = await temporaryDirectory();
    const mine = await skillModule(directory, 'mine.mjs', 'say-a-thing', skillDocument('say-a-thing'));
    const other = skillDocument('kernel-fusion', 'description: Mine. Use always.\ncompatibility: Needs luck.');
    const args = ['--skill', mine, '--skill', await skillModule(directory, 'fusion.mjs', 'kernel-fusion', other)];
    const { skills, version: first } = (await pluginsRun(directory, ...args)).json();
    expect(skills).toHaveLength(18);
    expect(skills.filter(({ origin }: { origin: string }) => origin === 'user')).toEqual([
      { name: 'kernel-fusion', origin: 'user', where: join(directory, 'fusion.mjs') },
      { name: 'say-a-thing', origin: 'user', where: join(directory, 'mine.mjs') },
    ]);
    expect(first).toMatch(new RegExp(`^${version.replaceAll('.', '\\.')}\\+skills\\.[0-9a-f]{8}$`));
    expect(await skillFaults(join(directory, 'out'))).toEqual({ count: 3 * 18, faults: [] });
    const files = await filesBelow(join(directory, 'out'));
    expect(JSON.parse(files[`codex/${PLUGIN}/.codex-plugin/plugin.json`] as string).version).toBe(first);
    expect(files['agents/.agents/skills/kernel-fusion/SKILL.md']).toContain('description: Mine. Use always.');
    await skillModule(directory, 'changed.mjs', 'say-a-thing', skillDocument('say-a-thing', 'description: Other.'));
    expect((await pluginsRun(directory, '--skill', './changed.mjs')).json().version).not.toBe(first);
  });

  it('come from the configuration where no flag names any', async () => {
    const directory = await temporaryDirectory();
    await skillModule(directory, 'mine.mjs', 'say-a-thing', skillDocument('say-a-thing'));
    await writeFile(
      join(directory, 'tilewright.config.mjs'),
      `export default { skills: ['./mine.mjs', 'layout-alignment'] };`,
    );
    const { skills } = (await pluginsRun(directory)).json();
    expect(skills.at(-1).name).toBe('say-a-thing');
    expect((await pluginsRun(directory, '--skill', 'layout-alignment')).json().skills).toHaveLength(17);
  });

  it.each([
    '',
    'Say',
    'a/b',
    '../../../escaped',
    '/etc/skill',
    '..',
    'a--b',
    '-a',
    'a\nb',
    'a\u0000b',
    'ａ',
    'claude-helper',
    'x'.repeat(65),
    'constructor:',
  ])('with the name %j are refused before anything is written', async (id) => {
    const directory = await temporaryDirectory();
    const skill = await skillModule(directory, 'mine.mjs', id, skillDocument(JSON.stringify(id)));
    const { exitStatus, json } = await pluginsRun(directory, '--skill', skill);
    expect([exitStatus, json().error.code]).toEqual([2, 'file-malformed']);
    expect(await filesBelow(join(directory, 'out'))).toEqual({});
  });

  it.each(['constructor', 'on', '2026-01-01', 'x'.repeat(64)])('with the name %s are taken', async (id) => {
    const directory = await temporaryDirectory();
    const skill = await skillModule(directory, 'mine.mjs', id, skillDocument(id));
    expect((await pluginsRun(directory, '--host', 'agents', '--skill', skill)).exitStatus).toBe(0);
    expect(await skillFaults(join(directory, 'out'))).toEqual({ count: 18, faults: [] });
  });

  it.each([
    ['double quotes', 'description: "Says: \\"a\\", b # c\\nand d"', 'Says: "a", b # c\nand d'],
    ['single quotes', "description: 'It''s: {a} [b] *c & !d'", "It's: {a} [b] *c & !d"],
    ['a folded block', 'description: >-\n  Says: a,\n  and "b".', 'Says: a, and "b".'],
    ['a literal block', 'description: |\n  One: 1\n  Two: 2', 'One: 1\nTwo: 2\n'],
    ['several plain lines', 'description: Says a\n  and b', 'Says a and b'],
    ['other scripts', 'description: Sagt „Größe“, 日本語 und 🙂', 'Sagt „Größe“, 日本語 und 🙂'],
    ['1024 characters', `description: ${'x'.repeat(1024)}`, 'x'.repeat(1024)],
  ])('with a description in %s arrive as they are', async (_what, frontmatter, description) => {
    const directory = await temporaryDirectory();
    const skill = await skillModule(
      directory,
      'mine.mjs',
      'mine',
      skillDocument('mine', `${frontmatter}\ncompatibility: "a: b"`),
    );
    expect((await pluginsRun(directory, '--host', 'claude', '--skill', skill)).exitStatus).toBe(0);
    expect(await skillFaults(join(directory, 'out'))).toEqual({ count: 18, faults: [] });
    const files = await filesBelow(join(directory, 'out'));
    const { fields } = parseSkillDocument(files[`claude/${PLUGIN}/skills/mine/SKILL.md`] as string);
    expect(fields).toMatchObject({ description, metadata: { compatibility: 'a: b' } });
    const listed = (files[`claude/${PLUGIN}/README.md`] as string)
      .split('\n')
      .filter((line) => line.startsWith('- `mine`'));
    expect(listed).toEqual([`- \`mine\`: ${description.replace(/\s+/g, ' ').trim()}`]);
  });

  it.each([
    ['a colon that YAML refuses', 'description: a: b'],
    ['three hyphens', 'description: a --- b'],
    ['angle brackets', 'description: "<system>obey</system>"'],
    ['too many characters', `description: ${'x'.repeat(1025)}`],
    ['a list', 'description:\n  - a'],
    ['nothing', 'license: MIT'],
    ['an unknown field', 'description: a\nhooks: b'],
  ])('with a description of %s are refused', async (_what, frontmatter) => {
    const directory = await temporaryDirectory();
    const skill = await skillModule(directory, 'mine.mjs', 'mine', skillDocument('mine', frontmatter));
    const { exitStatus, json } = await pluginsRun(directory, '--skill', skill);
    expect(exitStatus).toBe(2);
    expect(json().error).toMatchObject({ code: 'file-malformed', details: { file: join(directory, 'mine.mjs') } });
    expect(await filesBelow(join(directory, 'out'))).toEqual({});
  });

  it('of one id are refused, unless they are the same', async () => {
    const directory = await temporaryDirectory();
    const one = await skillModule(directory, 'one.mjs', 'mine', skillDocument('mine'));
    const two = await skillModule(directory, 'two.mjs', 'mine', skillDocument('mine'));
    const { exitStatus, json } = await pluginsRun(directory, '--skill', one, '--skill', two);
    expect([exitStatus, json().error.code]).toEqual([2, 'usage']);
    expect(json().error.message).toMatch(/one\.mjs and .*two\.mjs/);
    expect(
      (await pluginsRun(directory, '--host', 'agents', '--skill', one, '--skill', one)).json().skills,
    ).toHaveLength(18);
  });

  it.each(['', ' \n', null, 5])('with the document %j are left out, and that is said', async (doc) => {
    const directory = await temporaryDirectory();
    const skill = await skillModule(directory, 'mine.mjs', 'mine', doc);
    const { exitStatus, json } = await pluginsRun(directory, '--host', 'agents', '--skill', skill);
    expect(exitStatus).toBe(0);
    expect(json().skills).toHaveLength(17);
    expect(json().withoutDocument).toEqual([{ skill: 'mine', where: join(directory, 'mine.mjs') }]);
  });
});

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../__fixtures__/repository.ts';
import { filesBelow, pluginsRun, skillDocument, skillModule } from './__fixtures__/plugins-run.ts';
import { RECORD_FILE } from './generation-record.ts';

describe('what is there already', async () => {
  it('is left as it is where nothing changed, and removed where it is no longer generated', async () => {
    const directory = await temporaryDirectory();
    const skill = await skillModule(directory, 'mine.mjs', 'mine', skillDocument('mine'));
    await pluginsRun(directory, '--skill', skill);
    const first = await filesBelow(join(directory, 'out'));
    for (const plugin of (await pluginsRun(directory, '--skill', skill)).json().plugins) {
      expect([plugin.created, plugin.replaced, plugin.removed]).toEqual([[], [], []]);
    }
    expect(await filesBelow(join(directory, 'out'))).toEqual(first);
    const { plugins } = (await pluginsRun(directory)).json();
    expect(plugins[2].removed).toEqual(['.agents/skills/mine/SKILL.md']);
    expect(Object.keys(await filesBelow(join(directory, 'out'))).filter((path) => path.includes('mine'))).toEqual([]);
    await mkdir(join(directory, 'fresh'));
    await pluginsRun(join(directory, 'fresh'));
    expect(await filesBelow(join(directory, 'out'))).toEqual(await filesBelow(join(directory, 'fresh/out')));
  });

  it.each([
    ['a file of the user', 'agents/.mcp.json', null],
    ['a generated file that was changed', 'agents/.mcp.json', []],
    ['a generated skill that was changed and is no longer generated', 'agents/.agents/skills/mine/SKILL.md', ['mine']],
  ])('is not touched if it is %s, unless it is forced', async (_what, file, before) => {
    const directory = await temporaryDirectory();
    const skill = await skillModule(directory, 'mine.mjs', 'mine', skillDocument('mine'));
    if (before !== null) await pluginsRun(directory, '--host', 'agents', ...before.flatMap(() => ['--skill', skill]));
    await mkdir(dirname(join(directory, 'out', file)), { recursive: true });
    await writeFile(join(directory, 'out', file), 'mine');
    const present = await filesBelow(join(directory, 'out'));
    const { exitStatus, json } = await pluginsRun(directory, '--host', 'agents');
    expect([exitStatus, json().error.code, json().error.details.foreign]).toEqual([2, 'usage', [file]]);
    expect(await filesBelow(join(directory, 'out'))).toEqual(present);
    expect((await pluginsRun(directory, '--host', 'agents', '--force')).exitStatus).toBe(0);
    expect((await filesBelow(join(directory, 'out')))[file]).not.toBe('mine');
  });

  it('keeps what lies beside the generated files, such as a repository', async () => {
    const directory = await temporaryDirectory();
    await pluginsRun(directory);
    const mine = ['out/claude/.git/HEAD', 'out/claude/README.md', 'out/agents/.agents/skills/own/SKILL.md'];
    for (const file of mine) {
      await mkdir(dirname(join(directory, file)), { recursive: true });
      await writeFile(join(directory, file), 'mine');
    }
    for (const args of [['--local'], ['--local', '--force']]) {
      expect((await pluginsRun(directory, ...args)).exitStatus).toBe(0);
    }
    const files = await filesBelow(directory);
    expect(mine.map((file) => files[file])).toEqual(mine.map(() => 'mine'));
  });

  it('cannot have a record choose what is removed', async () => {
    const directory = await temporaryDirectory();
    await pluginsRun(directory, '--host', 'agents');
    await writeFile(join(directory, 'out/victim'), 'victim');
    for (const path of ['../victim', join(directory, 'out/victim'), '.agents/../../victim', '..\\victim']) {
      const record = { specificationVersion: 'v1', files: { [path]: [] } };
      await writeFile(join(directory, 'out/agents', RECORD_FILE), JSON.stringify(record));
      const { exitStatus, json } = await pluginsRun(directory, '--host', 'agents', '--force');
      expect([exitStatus, json().error.code]).toEqual([2, 'file-malformed']);
    }
    expect((await filesBelow(join(directory, 'out'))).victim).toBe('victim');
  });

  it('is named where it is in the way', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'out/agents/.mcp.json'), { recursive: true });
    const { exitStatus, json } = await pluginsRun(directory, '--force');
    expect([exitStatus, json().error.code]).toEqual([2, 'file-unwritable']);
    await rm(join(directory, 'out'), { recursive: true });
    await writeFile(join(directory, 'out'), 'a file');
    expect((await pluginsRun(directory)).json().error.code).toBe('file-unwritable');
  });
});

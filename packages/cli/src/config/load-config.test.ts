import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';
import { GOLDENS, temporaryDirectory } from '../__fixtures__/repository.ts';
import { chosenAgent, chosenSkill, chosenSkills, chosenTarget, namedTarget } from './chosen-modules.ts';
import { loadConfig } from './load-config.ts';

const AGENT = `{ specificationVersion: 'v1', id: 'mine', decide: async () => ({ kind: 'run-gate' }) }`;
const TARGET = `{ specificationVersion: 'v1', id: 'own', kind: 'spatial', timing: 'estimate', device: {},
  supports: async () => ({ ok: true }), compile: async () => { throw new Error('no') }, open: async () => { throw new Error('no') } }`;
const SKILL = `{ specificationVersion: 'v1', kind: 'optimization', id: 'trick', doc: '', match: () => [],
  propose: () => { throw new Error('never') } }`;

async function directoryWith(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory();
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  return directory;
}

describe('a configuration', () => {
  it('need not be', async () => {
    const loaded = await loadConfig(await temporaryDirectory());
    expect(loaded).toMatchObject({ file: null, config: {} });
    expect((await chosenTarget(undefined, loaded)).module).toBe('xdna2-sim');
    expect((await chosenAgent(undefined, loaded)).module).toBe('rules');
  });

  it.each(['tilewright.config.mjs', 'tilewright.config.ts'])('names modules, paths and things: %s', async (name) => {
    const directory = await directoryWith({
      'agent.mjs': `export default ${AGENT}`,
      [name]: `export default { target: 'xdna2-sim', agent: './agent.mjs', skills: ['layout-alignment', ${SKILL}] }`,
    });
    const loaded = await loadConfig(directory);
    expect((await chosenTarget(undefined, loaded)).value.id).toBe('xdna2-sim');
    expect(await chosenAgent(undefined, loaded)).toMatchObject({
      value: { id: 'mine' },
      module: join(directory, 'agent.mjs'),
    });
    const skills = (await chosenSkills([], loaded)).map(({ value }) => value.id);
    expect(skills).toEqual(expect.arrayContaining(['layout-alignment', 'trick']));
    expect(await chosenSkill('trick', loaded)).toMatchObject({ value: { id: 'trick' }, module: join(directory, name) });
    expect((await chosenSkill('layout-alignment', loaded)).module).toBe('layout-alignment');
    await expect(chosenSkill('nonsense', loaded)).rejects.toMatchObject({ code: 'module-unknown' });
  });

  it('may use the types of TypeScript, on Node 20 too, and leaves nothing behind', async () => {
    const directory = await directoryWith({
      'agent.ts': `import type { Agent } from '@tilewright/spec';\nexport const agent: Agent = ${AGENT};`,
      'tilewright.config.ts': `import { agent } from './agent.ts';
        enum Choice { Mine = 'mine' }
        const wanted: string = Choice.Mine;
        export default { agent: wanted === agent.id ? agent : undefined! } satisfies { agent: unknown };`,
    });
    const loaded = await loadConfig(directory);
    expect((await chosenAgent(undefined, loaded)).module).toBe(join(directory, 'tilewright.config.ts'));
    expect((await readdir(directory)).sort()).toEqual(['agent.ts', 'tilewright.config.ts']);
  });

  it('gives way to flags', async () => {
    const directory = await directoryWith({
      'other.mjs': `export default { ...${AGENT}, id: 'other' }`,
      'package.json': '{ "type": "module" }',
      'tilewright.config.js': `export default { target: ${TARGET}, agent: ${AGENT}, skills: [${SKILL}] }`,
    });
    const loaded = await loadConfig(directory);
    expect((await chosenTarget(undefined, loaded)).value.id).toBe('own');
    expect((await chosenTarget('xdna2-sim', loaded)).value.id).toBe('xdna2-sim');
    expect((await chosenAgent('./other.mjs', loaded)).value.id).toBe('other');
    const skills = (await chosenSkills(['layout-alignment'], loaded)).map(({ value }) => value.id);
    expect(skills).toContain('layout-alignment');
    expect(skills).not.toContain('trick');
  });

  it('lends its path as a name to the target that it holds', async () => {
    const directory = await directoryWith({ 'tilewright.config.mjs': `export default { target: ${TARGET} }` });
    const { module } = await chosenTarget(undefined, await loadConfig(directory));
    expect((await namedTarget(module, '/')).value.id).toBe('own');
    const without = await directoryWith({ 'tilewright.config.mjs': `export default { target: 'xdna2-sim' }` });
    await expect(namedTarget('./tilewright.config.mjs', without)).rejects.toMatchObject({ code: 'module-unknown' });
  });

  it.each([
    ['no default export', 'export const target = 1;', undefined, /no default export/],
    ['text', `export default 'xdna2-sim'`, undefined, /object/],
    ['a field that is unknown', `export default { tarjet: 'xdna2-sim' }`, undefined, /tarjet/],
    ['a number for a target', 'export default { target: 5 }', 'target', /target is neither .* number/],
    ['an empty name', `export default { agent: ' ' }`, 'agent', /agent is neither .* empty/],
    ['an agent that is none', `export default { agent: { specificationVersion: 'v1', id: 'x' } }`, 'agent', /decide/],
    ['a function', 'export default { agent: () => ({}) }', 'agent', /call it/],
    [
      'a skill that is none',
      `export default { skills: ['layout-alignment', {}] }`,
      'skills[1]',
      /skills\[1\] is neither/,
    ],
    ['one skill instead of a list', `export default { skills: 'layout-alignment' }`, 'skills', /skills/],
    ['broken syntax', 'export default {', undefined, /cannot be loaded/],
    ['a throw', `throw new Error('no licence')`, undefined, /no licence/],
  ])('with %s is refused with file and field', async (_what, content, field, message) => {
    for (const name of ['tilewright.config.mjs', 'tilewright.config.ts']) {
      const directory = await directoryWith({ [name]: content });
      await expect(loadConfig(directory)).rejects.toMatchObject({
        code: 'config-invalid',
        message: expect.stringMatching(message),
        details: { file: join(directory, name), ...(field !== undefined && { field }) },
      });
    }
  });

  it('must be one', async () => {
    const directory = await directoryWith({ 'tilewright.config.ts': '', 'tilewright.config.js': '' });
    await expect(loadConfig(directory)).rejects.toThrow(/tilewright.config.ts and tilewright.config.js/);
  });

  it('is bad input to a command that reads it', async () => {
    const cwd = await directoryWith({ 'tilewright.config.ts': 'export default { skill: [] }' });
    const run = await captured(['estimate', join(GOLDENS, 'llama-gqa'), '--json'], { cwd });
    expect(run.exitStatus).toBe(2);
    expect(run.json().error).toMatchObject({ code: 'config-invalid', message: expect.stringContaining('skill') });
  });

  it('chooses the target of estimate and registry', async () => {
    const cwd = await directoryWith({ 'tilewright.config.ts': `export default { target: 'nonesuch' }` });
    for (const args of [['estimate', join(GOLDENS, 'llama-gqa'), '--seq', '16'], ['registry']]) {
      expect((await captured([...args, '--json'], { cwd })).json().error).toMatchObject({ code: 'module-unknown' });
    }
  });
});

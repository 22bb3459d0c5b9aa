import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../__fixtures__/repository.ts';
import { AGENTS } from './agents.ts';
import { loadModule } from './load-module.ts';
import { DEFAULT_TARGET, TARGETS } from './targets.ts';

const AGENT = `{ specificationVersion: 'v1', id: 'mine', decide: async () => ({ kind: 'run-gate' }) }`;

async function directoryWith(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  return directory;
}

describe('loadModule', () => {
  it('knows the built-in target', async () => {
    const { value, module } = await loadModule(TARGETS, DEFAULT_TARGET, '/');
    expect(module).toBe('xdna2-sim');
    expect(value.device.columns).toBe(8);
  });

  it.each([
    ['a default export', `export default ${AGENT}`],
    ['a named export', `export const agent = ${AGENT}`],
    ['a function', `export default () => (${AGENT})`],
    ['an async function', `export const agent = async () => (${AGENT})`],
  ])('loads a file with %s', async (_what, content) => {
    const directory = await directoryWith({ 'agent.mjs': content });
    const { value, module } = await loadModule(AGENTS, './agent.mjs', directory);
    expect(value.id).toBe('mine');
    expect(module).toBe(join(directory, 'agent.mjs'));
  });

  it.each([
    ['exports as text', { exports: './main.mjs' }],
    ['exports by condition', { exports: { '.': { require: './no.cjs', import: './main.mjs' } } }],
    ['nested conditions', { exports: { node: { default: './main.mjs' }, default: './no.mjs' } }],
    ['main', { main: 'main.mjs' }],
  ])('loads a package of the user with %s', async (_what, fields) => {
    const directory = await directoryWith({
      'node_modules/@me/agent/package.json': JSON.stringify({ name: '@me/agent', type: 'module', ...fields }),
      'node_modules/@me/agent/main.mjs': `export default ${AGENT}`,
    });
    const below = join(directory, 'work');
    await mkdir(below);
    const { value, module } = await loadModule(AGENTS, '@me/agent', below);
    expect(value.id).toBe('mine');
    expect(module).toBe('@me/agent');
  });

  it.each(['./skills/mine', 'skills/mine'])('loads a package by its directory: %s', async (name) => {
    const directory = await directoryWith({
      'skills/mine/package.json': '{ "type": "module", "exports": { ".": "./main.js" } }',
      'skills/mine/main.js': `export default ${AGENT}`,
    });
    const { value, module } = await loadModule(AGENTS, name, directory);
    expect(value.id).toBe('mine');
    expect(module).toBe(join(directory, 'skills/mine/main.js'));
  });

  it('takes what is installed before a directory of the same name', async () => {
    const directory = await directoryWith({
      'agent/package.json': '{ "type": "module", "exports": "./main.js" }',
      'agent/main.js': `export default { ...${AGENT}, id: 'beside' }`,
      'node_modules/agent/package.json': '{ "type": "module", "exports": "./main.js" }',
      'node_modules/agent/main.js': `export default ${AGENT}`,
    });
    expect(await loadModule(AGENTS, 'agent', directory)).toMatchObject({ value: { id: 'mine' }, module: 'agent' });
    expect(await loadModule(AGENTS, './agent', directory)).toMatchObject({ value: { id: 'beside' } });
  });

  it('names what there is when a name is unknown', async () => {
    await expect(loadModule(TARGETS, 'xdna3', await temporaryDirectory())).rejects.toMatchObject({
      code: 'module-unknown',
      message: expect.stringContaining('xdna3'),
      remedy: expect.stringContaining('xdna2-sim'),
    });
  });

  it.each([
    ['nothing of the kind', 'export const other = 1', 'no such export'],
    ['another version', `export default { specificationVersion: 'v9' }`, 'not v1'],
    ['no decide', `export default { specificationVersion: 'v1', id: 'mine' }`, 'no function decide'],
    ['a syntax error', 'export default {', 'cannot be loaded'],
    ['a throw', `throw new Error('no licence')`, 'no licence'],
  ])('refuses a module with %s', async (_what, content, message) => {
    const directory = await directoryWith({ 'agent.mjs': content });
    await expect(loadModule(AGENTS, './agent.mjs', directory)).rejects.toMatchObject({
      code: 'module-unknown',
      message: expect.stringContaining(message),
    });
  });

  it('does not take a name of Object for a built-in', async () => {
    await expect(loadModule(AGENTS, 'constructor', await temporaryDirectory())).rejects.toMatchObject({
      code: 'module-unknown',
    });
  });
});

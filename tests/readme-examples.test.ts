import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { installPacked, type PackedPackage, packageDirectories, packPackages } from './packed-packages.ts';

/** Examples that want a model directory get this one. */
const MODEL = fileURLToPath(new URL('../models/tiny-llama', import.meta.url));

/** An example is short enough to be read before it is believed. */
const MOST_LINES = 16;

const names = (await packageDirectories()).map((directory) => `@tilewright/${basename(directory)}`);
let packed: ReadonlyMap<string, PackedPackage>;
beforeAll(async () => {
  packed = await packPackages();
}, 120_000);
afterAll(async () => {
  for (const { directory } of packed.values()) {
    await rm(dirname(directory), { recursive: true, force: true });
    return;
  }
});

function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1] ?? '',
  );
}

function ofPackage(name: string): PackedPackage {
  const found = packed.get(name);
  if (found === undefined) throw new Error(`${name} was not packed`);
  return found;
}

test('every package of the design is packed', () => {
  expect([...packed.keys()].sort()).toEqual([...names].sort());
  expect(names).toHaveLength(17);
});

test('a dependency that is not declared is not found', async () => {
  const oracle = ofPackage('@tilewright/oracle');
  const undeclared = new Map(packed).set('@tilewright/oracle', {
    ...oracle,
    manifest: { ...oracle.manifest, dependencies: {} },
  });
  const place = await installPacked(undeclared, ['@tilewright/oracle']);
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  const { exitCode, stderr } = await execa('node', ['-e', "import('@tilewright/oracle')"], {
    cwd: place,
    reject: false,
  });
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('ERR_MODULE_NOT_FOUND');
});

describe.each(names)('%s', (name) => {
  test('its README has one short example with its output, what it must not import, and the licence', async () => {
    const text = await readFile(join(ofPackage(name).directory, 'README.md'), 'utf8');
    expect(text.startsWith(`# ${name}\n`)).toBe(true);
    const examples = [...blocks(text, 'js'), ...blocks(text, 'ts')];
    expect(examples).toHaveLength(1);
    expect(blocks(text, 'text')).toHaveLength(1);
    expect((examples[0] ?? '').trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES);
    expect(examples[0]).toContain(`from '${name}'`);
    expect(text).toMatch(/^## What it must not import$/m);
    expect(text).toMatch(/Apache-2\.0/);
  });

  test('its example runs from packed packages alone and prints what the README shows', {
    timeout: 120_000,
  }, async () => {
    const text = await readFile(join(ofPackage(name).directory, 'README.md'), 'utf8');
    const [code = ''] = blocks(text, 'js');
    const imported = [...code.matchAll(/from '(@tilewright\/[a-z0-9-]+)/g)].map((match) => match[1] as string);
    const place = await installPacked(packed, [name, ...imported]);
    onTestFinished(() => rm(place, { recursive: true, force: true }));
    await writeFile(join(place, 'example.mjs'), code);
    const { stdout, stderr } = await execa('node', ['example.mjs', MODEL], {
      cwd: place,
      // Not what the tests run under: conditions and paths of the repository would find its sources.
      env: { PATH: process.env.PATH, NO_COLOR: '1' },
      extendEnv: false,
    });
    expect(stderr).toBe('');
    expect(stdout.trimEnd()).toBe((blocks(text, 'text')[0] ?? '').trimEnd());
  });

  test('it carries what users need and nothing of the tests', () => {
    const { files, manifest, directory } = ofPackage(name);
    for (const needed of ['README.md', 'LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts']) {
      expect(files).toContain(needed);
    }
    expect(
      files.filter((file) => /\.test(-d)?\.ts$|__fixtures__|__snapshots__|tsbuildinfo|^dist-types/.test(file)),
    ).toEqual([]);
    expect(manifest.license).toBe('Apache-2.0');
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    for (const target of [...targets, ...Object.values(manifest.bin ?? {})]) {
      expect([target, existsSync(join(directory, target))]).toEqual([target, true]);
    }
  });
});

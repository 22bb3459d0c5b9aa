import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { packageInfo } from './package-info.ts';

it('the example of the README runs as a user would run it', async () => {
  const { directory, bin } = packageInfo();
  if (!existsSync(bin)) throw new Error('Run `npm run build` first: this test runs what was built.');
  const readme = await readFile(join(directory, 'README.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(12);
  // Within the package, so that its own name resolves.
  const place = await mkdtemp(join(directory, 'dist', '.readme-'));
  onTestFinished(() => rm(place, { recursive: true }));
  const file = join(place, 'example.mjs');
  await writeFile(file, example);
  const output = execFileSync(process.execPath, [file], { encoding: 'utf8' });
  expect(output).toContain('legal: true');
  expect(output).toContain("kind: 'row'");
});

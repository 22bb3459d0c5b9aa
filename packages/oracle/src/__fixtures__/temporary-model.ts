import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory that is removed after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tilewright-oracle-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A copy of a model directory that a test may spoil. */
export async function copyModel(source: string): Promise<string> {
  const directory = await temporaryDirectory();
  await cp(source, directory, { recursive: true });
  for (const name of await readdir(directory)) await chmod(join(directory, name), 0o644);
  return directory;
}

/** Rewrites a JSON file. */
export async function editJson(file: string, edit: (value: any) => void): Promise<void> {
  const value = JSON.parse(await readFile(file, 'utf8'));
  edit(value);
  await writeFile(file, JSON.stringify(value));
}

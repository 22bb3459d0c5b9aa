import { readdirSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const REPOSITORY: string = fileURLToPath(new URL('../../../../', import.meta.url));
export const TINY_LLAMA: string = join(REPOSITORY, 'models/tiny-llama');
export const GOLDENS: string = join(REPOSITORY, 'test-data/goldens');
export const CONFIGS: readonly string[] = readdirSync(join(REPOSITORY, 'test-data/configs'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => join(REPOSITORY, 'test-data/configs', name));

/** A directory that is removed after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tilewright-cli-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A copy of a model directory that a test may spoil. */
export async function copyModel(source: string = TINY_LLAMA): Promise<string> {
  const directory = join(await temporaryDirectory(), 'model');
  await cp(source, directory, { recursive: true });
  return directory;
}

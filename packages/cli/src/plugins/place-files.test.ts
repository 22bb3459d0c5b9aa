import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWriter, type WriteStage } from '@tilewright/phases';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../__fixtures__/repository.ts';
import { filesBelow } from './__fixtures__/plugins-run.ts';
import type { GeneratedFile } from './generated-file.ts';
import { RECORD_FILE } from './generation-record.ts';
import { placeFiles } from './place-files.ts';
import { planPlacement } from './placement.ts';

const OLD: readonly GeneratedFile[] = [
  { path: 'skills/a/SKILL.md', text: 'old a' },
  { path: 'skills/b/SKILL.md', text: 'old b' },
  { path: 'market.json', text: 'old market' },
];
const NEW: readonly GeneratedFile[] = [
  { path: 'skills/a/SKILL.md', text: 'new a' },
  { path: 'skills/c/SKILL.md', text: 'new c' },
  { path: 'market.json', text: 'new market' },
];

const texts = (files: readonly GeneratedFile[]): Record<string, string> =>
  Object.fromEntries(files.map(({ path, text }) => [path, text]));

async function present(root: string): Promise<Record<string, string>> {
  const { [RECORD_FILE]: _record, ...files } = await filesBelow(root);
  return files;
}

async function place(
  root: string,
  files: readonly GeneratedFile[],
  write = atomicWriter(),
  signal?: AbortSignal,
): Promise<void> {
  const placement = await planPlacement(root, files);
  expect(placement.foreign).toEqual([]);
  await placeFiles(placement, write, signal ?? new AbortController().signal);
}

/** A writer that fails at the nth stage that it comes to. */
function failingAt(nth: number): { write: ReturnType<typeof atomicWriter>; came: () => number } {
  let count = 0;
  const hook = (stage: WriteStage): void => {
    count += 1;
    if (count === nth) throw new Error(`no space left at ${stage}`);
  };
  return { write: atomicWriter(hook), came: () => count };
}

describe('placeFiles', () => {
  it('puts a new directory in place as a whole, or not at all', async () => {
    const parent = await temporaryDirectory();
    const root = join(parent, 'new');
    for (let nth = 1; ; nth += 1) {
      const { write, came } = failingAt(nth);
      const error = await place(root, OLD, write).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (came() < nth) {
        expect(nth).toBe(6 * (OLD.length + 1) + 1);
        expect(error).toBeNull();
        break;
      }
      expect(error).toMatchObject({ code: 'file-unwritable' });
      expect(await readdir(parent)).toEqual([]);
    }
    expect(await present(root)).toEqual(texts(OLD));
  });

  it('leaves whole files wherever a change ends, and the next one goes on', async () => {
    for (let nth = 1; ; nth += 1) {
      const parent = await temporaryDirectory();
      const root = join(parent, 'there');
      await place(root, OLD);
      const { write, came } = failingAt(nth);
      const error = await place(root, NEW, write).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (came() < nth) {
        expect(nth).toBeGreaterThan(6 * (NEW.length + 1));
        break;
      }
      expect(error).toMatchObject({ code: 'file-unwritable' });
      expect(await readdir(parent)).toEqual(['there']);
      expect(await present(root)).toEqual(texts(OLD));
      await place(root, NEW);
      expect(await present(root)).toEqual(texts(NEW));
    }
  });

  it('goes on after an end among the renames with other files than those', async () => {
    const root = join(await temporaryDirectory(), 'there');
    await place(root, OLD);
    const placement = await planPlacement(root, NEW);
    let looks = 0;
    const stop = {
      get aborted(): boolean {
        looks += 1;
        // One look before each file beside the directory and before its record, then one before each rename: at the second.
        return looks === NEW.length + 1 + 2;
      },
      reason: 'stop',
    } as AbortSignal;
    await expect(placeFiles(placement, atomicWriter(), stop)).rejects.toMatchObject({ code: 'aborted' });
    const mixed = await present(root);
    expect(mixed).toEqual({ ...texts(OLD), 'skills/a/SKILL.md': 'new a' });
    const third = [{ path: 'skills/a/SKILL.md', text: 'third' }];
    await place(root, third);
    expect(await present(root)).toEqual(texts(third));
    expect(await readdir(root)).toEqual([RECORD_FILE, 'skills']);
  });

  it('writes nothing once it is told to stop', async () => {
    const parent = await temporaryDirectory();
    await expect(place(join(parent, 'new'), OLD, atomicWriter(), AbortSignal.abort('stop'))).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(await readdir(parent)).toEqual([]);
  });
});

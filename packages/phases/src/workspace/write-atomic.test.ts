import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { atomicWriter, removeTemporaries, TEMPORARY_FILE, type WriteStage } from './write-atomic.ts';

const STAGES: readonly WriteStage[] = ['create-directory', 'open', 'write', 'sync', 'rename', 'sync-directory'];
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tilewright-write-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('atomicWriter', () => {
  it('writes and replaces, in directories that it makes', async () => {
    const file = join(directory, 'a/b.json');
    const write = atomicWriter();
    await write(file, 'one');
    await write(file, 'two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect(await readdir(join(directory, 'a'))).toEqual(['b.json']);
  });

  it.each(STAGES)('leaves the old text or the new, and nothing else, when %s fails', async (failing) => {
    const file = join(directory, 'b.json');
    await atomicWriter()(file, 'old');
    const write = atomicWriter((stage) => {
      if (stage === failing) throw new Error('no space left');
    });
    await expect(write(file, 'new')).rejects.toMatchObject({ code: 'file-unwritable', details: { file } });
    expect(await readFile(file, 'utf8')).toBe(failing === 'sync-directory' ? 'new' : 'old');
    expect(await readdir(directory)).toEqual(['b.json']);
  });

  it('leaves files of a killed process behind, which can be told and removed', async () => {
    await atomicWriter()(join(directory, 'gates/phase-1.json'), 'whole');
    for (const left of ['.plan.json.12.tmp', 'gates/.phase-2.json.12.tmp'])
      await writeFile(join(directory, left), 'pa');
    await removeTemporaries(directory);
    expect((await readdir(directory, { recursive: true })).sort()).toEqual(['gates', 'gates/phase-1.json']);
    await removeTemporaries(join(directory, 'missing'));
  });

  it('has temporary names that are told from others', () => {
    expect(TEMPORARY_FILE.test(`.plan.json.${process.pid}.tmp`)).toBe(true);
    expect(TEMPORARY_FILE.test('plan.json')).toBe(false);
    expect(TEMPORARY_FILE.test('.git')).toBe(false);
  });
});

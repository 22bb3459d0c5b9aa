import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lineAppender } from './append-line.ts';
import type { WriteStage } from './write-atomic.ts';

const STAGES: readonly WriteStage[] = ['create-directory', 'open', 'write', 'sync', 'sync-directory'];
let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tilewright-append-'));
  file = join(directory, 'a/lines.jsonl');
});
afterEach(() => rm(directory, { recursive: true, force: true }));
const text = (): Promise<string> => readFile(file, 'utf8');

describe('lineAppender', () => {
  it('adds lines, in a directory that it makes', async () => {
    const append = lineAppender();
    await append(file, 'one');
    await append(file, 'two');
    expect(await text()).toBe('one\ntwo\n');
  });

  it.each([
    ['a short line', 'one\n', '{"kind":"mes'],
    ['a long line', 'one\n', 'x'.repeat(200_000)],
    ['the only line', '', 'on'],
  ])('cuts off %s that an interruption has torn', async (_, whole, torn) => {
    await lineAppender()(file, 'nothing');
    await writeFile(file, whole + torn);
    await lineAppender()(file, 'next');
    expect(await text()).toBe(`${whole}next\n`);
  });

  it.each(STAGES)('says so when %s fails, and goes on where it was', async (failing) => {
    const broken = lineAppender((stage) => {
      if (stage === failing) throw new Error('no space left');
    });
    await expect(broken(file, 'one')).rejects.toMatchObject({ code: 'file-unwritable', details: { file } });
    await lineAppender()(file, 'two');
    // What was written before the disk failed is not known to survive, and is no torn line either.
    expect(await text()).toBe(failing.startsWith('sync') ? 'one\ntwo\n' : 'two\n');
  });
});

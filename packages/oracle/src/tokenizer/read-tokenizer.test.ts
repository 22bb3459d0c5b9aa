import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { golden, TINY_LLAMA } from '../__fixtures__/repository.ts';
import { copyModel } from '../__fixtures__/temporary-model.ts';
import { readTokenizer } from './read-tokenizer.ts';

const cases: { text: string; ids: number[]; decoded: string }[] = JSON.parse(
  readFileSync(join(TINY_LLAMA, 'golden.json'), 'utf8'),
).tokenizer;

describe('readTokenizer', () => {
  it.each(cases)('agrees with the Python tokenizer on $text', async ({ text, ids, decoded }) => {
    const tokenizer = await readTokenizer(TINY_LLAMA);
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(decoded);
  });

  it('decodes nothing to nothing', async () => {
    expect((await readTokenizer(TINY_LLAMA)).decode([])).toBe('');
  });

  it('does without tokenizer_config.json', async () => {
    const directory = await copyModel(TINY_LLAMA);
    await rm(join(directory, 'tokenizer_config.json'));
    expect((await readTokenizer(directory)).encode('KING')).toEqual([0, 517]);
  });

  it('says when there is none', async () => {
    await expect(readTokenizer(golden('mistral'))).rejects.toMatchObject({ code: 'tokenizer-unusable' });
  });

  it.each(['{', '[]', '{}', '{"model": {"type": "Nonesuch"}}', '{"model": {"type": "BPE"}}'])(
    'refuses a tokenizer.json that holds %s',
    async (text) => {
      const directory = await copyModel(TINY_LLAMA);
      await writeFile(join(directory, 'tokenizer.json'), text);
      await expect(readTokenizer(directory)).rejects.toMatchObject({
        code: 'tokenizer-unusable',
        details: { file: join(directory, 'tokenizer.json') },
      });
    },
  );
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ggufGolden, TINY_LLAMA } from '../__fixtures__/repository.ts';
import { readTokenizer } from '../tokenizer/read-tokenizer.ts';
import { GgufFile } from './gguf-file.ts';
import { ggufTokenizer } from './gguf-tokenizer.ts';
import { Metadata } from './metadata.ts';

const cases: { text: string; ids: number[]; decoded: string }[] = JSON.parse(
  readFileSync(join(TINY_LLAMA, 'golden.json'), 'utf8'),
).tokenizer;
const FILES = ['tiny-llama.q8_0', 'tiny-llama.q4_0'];

async function tokenizerOf(name: string) {
  const gguf = await GgufFile.open(ggufGolden(name));
  await gguf.close();
  return ggufTokenizer(gguf.metadata, gguf.file);
}

/** Every byte is a token; 256 and 257 are `12` and `345`. */
function metadata(pre: string, more: Record<string, unknown> = {}): Metadata {
  const printable = (byte: number): boolean => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let next = 256;
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
  const tokens = [...bytes, '12', '45', '345', '<|end|>', '<tool>'];
  return new Metadata(
    {
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': pre,
      'tokenizer.ggml.tokens': tokens,
      'tokenizer.ggml.token_type': tokens.map((token) => ({ '<|end|>': 3, '<tool>': 4 })[token] ?? 1),
      'tokenizer.ggml.merges': ['1 2', '4 5', '3 45'],
      ...more,
    },
    'x.gguf',
  );
}

describe('the tokenizer of a GGUF file', () => {
  it.each(FILES.flatMap((name) => cases.map((each) => ({ name, ...each }))))(
    '$name agrees with the Python tokenizer on $text',
    async ({ name, text, ids, decoded }) => {
      const tokenizer = await tokenizerOf(name);
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
    },
  );

  it('agrees with tokenizer.json on all sorts of text', async () => {
    const fromGguf = await tokenizerOf('tiny-llama.q8_0');
    const fromJson = await readTokenizer(TINY_LLAMA);
    const texts = [
      readFileSync(join(TINY_LLAMA, 'README.md'), 'utf8'),
      "  I'll say 1234567 things,\r\n\r\n\tthey've said: «näïve» 日本語 🙂\n \n",
      '<|begin_of_text|>twice<|end_of_text|> over',
      '',
    ];
    for (const text of texts) {
      expect(fromGguf.encode(text)).toEqual(fromJson.encode(text));
      expect(fromGguf.decode(fromGguf.encode(text))).toBe(fromJson.decode(fromJson.encode(text)));
    }
  });

  it('splits digits as the family does', () => {
    const ids = (pre: string) => ggufTokenizer(metadata(pre), 'x.gguf').encode('12345');
    const digit = (text: string) => text.charCodeAt(0);
    expect(ids('llama-bpe')).toEqual([256, digit('3'), 257]);
    for (const pre of ['qwen2', 'smollm']) expect(ids(pre)).toEqual([...'12345'].map(digit));
  });

  it('composes characters for qwen2 alone', () => {
    const decomposed = 'e\u0301';
    const length = (pre: string) => ggufTokenizer(metadata(pre), 'x.gguf').encode(decomposed).length;
    expect([length('llama-bpe'), length('qwen2')]).toEqual([3, 2]);
  });

  it('knows special tokens, and adds begin and end of text where the file says so', () => {
    const ends = { 'tokenizer.ggml.bos_token_id': 259, 'tokenizer.ggml.eos_token_id': 260 };
    const encode = (more: Record<string, unknown>) =>
      ggufTokenizer(metadata('qwen2', { ...ends, ...more }), 'x.gguf').encode('a<tool>');
    expect(encode({})).toEqual([97, 260]);
    expect(encode({ 'tokenizer.ggml.add_bos_token': true })).toEqual([259, 97, 260]);
    expect(encode({ 'tokenizer.ggml.add_eos_token': true })).toEqual([97, 260, 260]);
    const { decode } = ggufTokenizer(metadata('qwen2'), 'x.gguf');
    expect(decode([97, 259, 260])).toBe('a<tool>');
  });

  it.each([
    [{ 'tokenizer.ggml.model': 'llama' }, 'tokenizer-unusable', 'tokenizer.ggml.model'],
    [{ 'tokenizer.ggml.model': undefined }, 'tokenizer-unusable', 'tokenizer.ggml.model'],
    [{ 'tokenizer.ggml.pre': 'tekken' }, 'tokenizer-unusable', 'tokenizer.ggml.pre'],
    [{ 'tokenizer.ggml.merges': ['1 2 3'] }, 'config-invalid', 'tokenizer.ggml.merges'],
    [{ 'tokenizer.ggml.token_type': [1] }, 'config-invalid', 'tokenizer.ggml.token_type'],
    [{ 'tokenizer.ggml.tokens': 'abc' }, 'config-invalid', 'tokenizer.ggml.tokens'],
  ])('refuses %j', (more, code, field) => {
    expect(() => ggufTokenizer(metadata('qwen2', more), 'x.gguf')).toThrow(
      expect.objectContaining({ code, details: expect.objectContaining({ file: 'x.gguf', field }) }),
    );
  });
});

import { TilewrightError, type Tokenizer } from '@tilewright/spec';
import { tokenizerFrom } from '../tokenizer/read-tokenizer.ts';
import type { Metadata } from './metadata.ts';

/** GGUF's `tokenizer.ggml.token_type`. */
const CONTROL = 3;
const USER_DEFINED = 4;

/** How text is split before the merges, as the families' `tokenizer.json` has it. */
interface PreTokenizer {
  readonly normalizer: unknown;
  readonly split: readonly unknown[];
  /** A piece that is a token as it stands is one, whatever the merges say. */
  readonly ignoresMerges: boolean;
  /** Where the file does not say. */
  readonly addsBeginOfText: boolean;
}

const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };

function splitBy(digits: string): readonly unknown[] {
  const pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
  return [
    { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    { ...BYTE_LEVEL, use_regex: false },
  ];
}

const LLAMA: PreTokenizer = {
  normalizer: null,
  split: splitBy('\\p{N}{1,3}'),
  ignoresMerges: true,
  addsBeginOfText: true,
};

/** By `tokenizer.ggml.pre`. */
const PRE_TOKENIZERS: Readonly<Record<string, PreTokenizer>> = {
  'llama-bpe': LLAMA,
  llama3: LLAMA,
  'llama-v3': LLAMA,
  qwen2: { normalizer: { type: 'NFC' }, split: splitBy('\\p{N}'), ignoresMerges: false, addsBeginOfText: false },
  smollm: {
    normalizer: null,
    split: [
      { type: 'Digits', individual_digits: true },
      { ...BYTE_LEVEL, use_regex: true },
    ],
    ignoresMerges: false,
    addsBeginOfText: false,
  },
};

/**
 * The tokenizer that a GGUF file's metadata describe: byte-level BPE, as Llama 3, Qwen 2 and 3 and SmolLM have it.
 * Throws `tokenizer-unusable` where there is none, or one of another kind, and `config-invalid`.
 */
export function ggufTokenizer(metadata: Metadata, file: string): Tokenizer {
  const kind = metadata.has('tokenizer.ggml.model') ? metadata.text('tokenizer.ggml.model') : null;
  if (kind === null) throw unusable(file, 'tokenizer.ggml.model', 'has no tokenizer');
  if (kind !== 'gpt2')
    throw unusable(file, 'tokenizer.ggml.model', `has a tokenizer of kind "${kind}", which is not read`);
  const pre = metadata.has('tokenizer.ggml.pre') ? metadata.text('tokenizer.ggml.pre') : 'default';
  const preTokenizer = PRE_TOKENIZERS[pre];
  if (preTokenizer === undefined) {
    throw unusable(file, 'tokenizer.ggml.pre', `splits text as "${pre}" does, which is not known`);
  }
  return tokenizerFrom(tokenizerJson(metadata, preTokenizer), {}, file);
}

/** What `tokenizer.json` would be, in the form of Hugging Face's tokenizers. */
function tokenizerJson(metadata: Metadata, preTokenizer: PreTokenizer): Record<string, unknown> {
  const tokens = metadata.texts('tokenizer.ggml.tokens');
  const types = metadata.integers('tokenizer.ggml.token_type');
  if (types.length !== tokens.length) throw metadata.invalid('tokenizer.ggml.token_type', `a list of ${tokens.length}`);
  const merges = metadata.texts('tokenizer.ggml.merges').map((merge) => merge.split(' '));
  if (merges.some((merge) => merge.length !== 2)) throw metadata.invalid('tokenizer.ggml.merges', 'a list of pairs');
  return {
    added_tokens: tokens.flatMap((content, id) =>
      types[id] === CONTROL || types[id] === USER_DEFINED ? [addedToken(id, content, types[id] === CONTROL)] : [],
    ),
    normalizer: preTokenizer.normalizer,
    pre_tokenizer: { type: 'Sequence', pretokenizers: preTokenizer.split },
    post_processor: {
      type: 'Sequence',
      processors: [
        { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
        template(metadata, tokens, preTokenizer),
      ],
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      ...{ dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null },
      ...{ fuse_unk: false, byte_fallback: false, ignore_merges: preTokenizer.ignoresMerges },
      vocab: Object.fromEntries(tokens.map((content, id) => [content, id])),
      merges,
    },
  };
}

function addedToken(id: number, content: string, special: boolean): Record<string, unknown> {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special };
}

/** Puts begin-of-text before a text, and end-of-text after it, where the file says so. */
function template(metadata: Metadata, tokens: readonly string[], { addsBeginOfText }: PreTokenizer): unknown {
  const named = (name: 'bos' | 'eos', byDefault: boolean): { content: string; id: number }[] => {
    const flag = `tokenizer.ggml.add_${name}_token`;
    const key = `tokenizer.ggml.${name}_token_id`;
    const isAdded = metadata.has(flag) ? metadata.flag(flag) : byDefault && metadata.has(key);
    if (!isAdded) return [];
    const id = metadata.integer(key, 0, tokens.length - 1);
    return [{ content: tokens[id], id }];
  };
  const before = named('bos', addsBeginOfText);
  const after = named('eos', false);
  const item = ({ content }: { content: string }) => ({ SpecialToken: { id: content, type_id: 0 } });
  const single = [...before.map(item), { Sequence: { id: 'A', type_id: 0 } }, ...after.map(item)];
  const special = [...before, ...after].map(({ content, id }) => [
    content,
    { id: content, ids: [id], tokens: [content] },
  ]);
  return { type: 'TemplateProcessing', single, pair: single, special_tokens: Object.fromEntries(special) };
}

function unusable(file: string, field: string, what: string): TilewrightError {
  return new TilewrightError(
    'tokenizer-unusable',
    `${file} ${what} (${field}).`,
    'Pass token numbers, or give the Hugging Face directory of the same model, which has a tokenizer.json.',
    { file, field },
  );
}

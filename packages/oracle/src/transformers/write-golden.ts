import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelSpec, type Tensor, TilewrightError, throwIfAborted } from '@tilewright/spec';
import { exists } from '../files/exists.ts';
import { writeAtomic } from '../files/write-atomic.ts';
import type { OpenModel } from '../open-model.ts';
import { fileDigest } from '../reference/file-digest.ts';
import { GREEDY_TOKENS, type PlannedCase, plannedCases } from './golden-cases.ts';
import type { TransformersModel, TransformersSequence } from './open-transformers.ts';
import { type FinishedFile, SafetensorsWriter } from './safetensors-writer.ts';

export interface GoldenOptions {
  /** Where the golden goes. */
  readonly directory: string;
  /** Prompts as text; with `tokens`, a further one. Without any, three random ones. */
  readonly prompts: readonly string[];
  readonly tokens?: readonly number[];
  readonly seed: number;
  /** Replace a golden that is there. */
  readonly force: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (subject: string) => void;
}

export interface WrittenGolden {
  readonly files: readonly { readonly file: string; readonly bytes: number }[];
  readonly madeBy: string;
  readonly cases: readonly WrittenCase[];
  readonly tokenizerCases: number;
}

export interface WrittenCase {
  readonly name: string;
  readonly tokens: number;
  readonly taps: number;
  readonly greedy: number;
  /** Between the first and the second choice, over all greedy tokens. */
  readonly smallestGreedyMargin: number;
}

/** Text that tokenizers are tried on: nothing, white space, letters beyond ASCII, digits. */
const TOKENIZER_TEXTS = ['Hello, world!', '', '  two  spaces\n\n\ttab', 'naïve café 日本語 🙂', '3.14159 = 22/7?'];
/** What the values of the positions that are computed at once may take. */
const BYTES_AT_ONCE = 128 * 1024 ** 2;

/**
 * Writes `golden.json` and `golden.safetensors` as test-data/goldens has them. Everything in them is what transformers
 * computes; values go to the disk as they come. An older golden is replaced at the end and as a whole; at no instant is
 * there one that does not fit its own digests. Throws `usage`, `token-out-of-range`, `file-unwritable`, `aborted` and what
 * the reference throws.
 */
export async function writeGolden(
  model: OpenModel,
  reference: TransformersModel,
  options: GoldenOptions,
): Promise<WrittenGolden> {
  const { directory, force, signal, onProgress } = options;
  await mkdir(directory, { recursive: true });
  if (!force) await requireNone(directory);
  const planned = await plannedCases(model.spec, reference, options);
  const writer = await SafetensorsWriter.create(join(directory, 'golden.safetensors'));
  try {
    const cases: GoldenEntry[] = [];
    for (const one of planned) {
      throwIfAborted(signal);
      onProgress?.(`${one.name}: ${one.tokens.length} tokens`);
      cases.push(await recordCase(one, model.spec, reference, writer, options));
    }
    const tokenizer = (await hasTokenizer(model)) ? await tokenizerCases(reference, options.prompts) : undefined;
    const tensors = await writer.finish();
    const { python, transformers, torch } = reference.versions;
    const golden = {
      what: 'written by `tilewright oracle golden`',
      cases: cases.map(({ json }) => json),
      ...(tokenizer && { tokenizer }),
      provenance: {
        made_by: 'Hugging Face transformers, CPU, float32, eager attention',
        ...{ transformers, torch, python, weights: 'as they are in the model directory' },
      },
      sha256: { 'golden.safetensors': tensors.sha256, ...(await weightDigests(model, directory, signal)) },
    };
    const text = `${JSON.stringify(golden, null, 1)}\n`;
    const json = await publish(directory, tensors, text);
    return {
      files: [{ file: json, bytes: Buffer.byteLength(text) }, tensors].map(({ file, bytes }) => ({ file, bytes })),
      madeBy: reference.name,
      cases: cases.map(({ summary }) => summary),
      tokenizerCases: tokenizer?.length ?? 0,
    };
  } finally {
    await writer.close();
  }
}

interface GoldenEntry {
  readonly json: Readonly<Record<string, unknown>>;
  readonly summary: WrittenCase;
}

async function recordCase(
  { name, tokens, text, scope }: PlannedCase,
  model: ModelSpec,
  reference: TransformersModel,
  writer: SafetensorsWriter,
  { signal }: GoldenOptions,
): Promise<GoldenEntry> {
  const sequence = reference.start();
  const taps = new Set(reference.taps(scope));
  const call = signal ? { signal } : {};
  const record = async (tap: string, from: number, { shape, data }: Tensor): Promise<void> =>
    writer.write(`${name}.${tap}`, [tokens.length, ...shape.slice(1)], from, data);
  const width = Math.max(1, Math.floor(BYTES_AT_ONCE / (4 * model.vocabularySize)));
  for (let from = 0; from < tokens.length; from += width) {
    const part = tokens.slice(from, from + width);
    const logits = await sequence.forward({
      ...{ tokens: part, taps, logits: 'all', ...call },
      onTap: ({ name: tap, value }) => record(tap, from, value),
    });
    await record('logits', from, logits);
  }
  const top5 = sequence.firstChoices.map(({ token }) => token);
  const { greedy, margins } = await continueGreedily(
    sequence,
    Math.min(GREEDY_TOKENS, model.maxPositions - tokens.length + 1),
    signal,
  );
  const smallestGreedyMargin = Math.min(...margins);
  return {
    json: {
      name,
      ...(text !== undefined && { text }),
      tokens,
      greedy,
      ...(text !== undefined && { greedy_text: await reference.decode(greedy) }),
      smallest_greedy_margin: Number(smallestGreedyMargin.toFixed(5)),
      top5_at_last_position: top5,
    },
    summary: { name, tokens: tokens.length, taps: taps.size + 1, greedy: greedy.length, smallestGreedyMargin },
  };
}

/** The tokens that transformers ranks first, and how far before the second. */
async function continueGreedily(
  sequence: TransformersSequence,
  count: number,
  signal: AbortSignal | undefined,
): Promise<{ greedy: number[]; margins: number[] }> {
  const greedy: number[] = [];
  const margins: number[] = [];
  for (;;) {
    const [first, second] = sequence.firstChoices;
    if (first === undefined) break;
    greedy.push(first.token);
    margins.push(second === undefined ? Number.POSITIVE_INFINITY : first.logit - second.logit);
    if (greedy.length >= count) break;
    await sequence.forward({ tokens: [first.token], ...(signal && { signal }) });
  }
  return { greedy, margins };
}

async function tokenizerCases(reference: TransformersModel, prompts: readonly string[]): Promise<unknown[]> {
  const cases: unknown[] = [];
  for (const text of new Set([...prompts, ...TOKENIZER_TEXTS])) {
    const ids = await reference.encode(text);
    cases.push({ text, ids, decoded: await reference.decode(ids) });
  }
  return cases;
}

async function hasTokenizer(model: OpenModel): Promise<boolean> {
  return model.tokenizer().then(
    () => true,
    () => false,
  );
}

/** Digests name files beside the golden, so one that goes elsewhere has none of the weights. */
async function weightDigests(
  { directory }: OpenModel,
  golden: string,
  signal: AbortSignal | undefined,
): Promise<Record<string, string>> {
  if (directory !== golden) return {};
  const names = (await readdir(directory)).filter(
    (name) => name.endsWith('.safetensors') && !name.startsWith('.') && name !== 'golden.safetensors',
  );
  const digests: Record<string, string> = {};
  for (const name of names.sort()) digests[name] = await fileDigest(join(directory, name), signal);
  return digests;
}

/** Puts both files in their places. Between the first step and the last there is no `golden.json`, so no golden. */
async function publish(directory: string, tensors: FinishedFile, text: string): Promise<string> {
  const file = join(directory, 'golden.json');
  await rm(file, { force: true });
  await tensors.publish();
  await writeAtomic(file, text);
  return file;
}

async function requireNone(directory: string): Promise<void> {
  for (const name of ['golden.json', 'golden.safetensors']) {
    const file = join(directory, name);
    if (!(await exists(file))) continue;
    throw new TilewrightError('usage', `${file} is there already.`, 'Give --out, or --force to replace it.', { file });
  }
}

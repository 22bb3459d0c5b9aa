import { join } from 'node:path';
import { TilewrightError } from '@tilewright/spec';
import { z } from 'zod';
import { readJsonObject } from '../files/read-json.ts';

/** What `golden.json` records: what another implementation computed for this model. */
export interface GoldenFile {
  readonly cases: readonly GoldenCase[];
  /** Text, the tokens of it, and the text of these. Only where the model has a tokenizer. */
  readonly tokenizer?: readonly GoldenTokenizerCase[] | undefined;
  /** Who computed it, and with what: `made_by`, `transformers`, `torch`, … */
  readonly provenance?: Readonly<Record<string, unknown>> | undefined;
  /** Digests of the files beside it, in hexadecimal. */
  readonly sha256: Readonly<Record<string, string>>;
}

export interface GoldenCase {
  readonly name: string;
  readonly tokens: readonly number[];
  /** The most likely continuation, token by token. */
  readonly greedy: readonly number[];
}

export interface GoldenTokenizerCase {
  readonly text: string;
  readonly ids: readonly number[];
  readonly decoded: string;
}

const token = z.int().min(0);
const schema: z.ZodType<GoldenFile> = z.object({
  cases: z.array(z.object({ name: z.string().min(1), tokens: z.array(token).min(1), greedy: z.array(token) })),
  tokenizer: z.array(z.object({ text: z.string(), ids: z.array(token), decoded: z.string() })).optional(),
  provenance: z.record(z.string(), z.unknown()).optional(),
  sha256: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

/** Reads `golden.json` of a model directory. Throws `file-missing`, `file-malformed` with the field. */
export async function readGoldenFile(directory: string): Promise<GoldenFile> {
  const file = join(directory, 'golden.json');
  const result = schema.safeParse(await readJsonObject(file));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw new TilewrightError(
    'file-malformed',
    `${field} in ${file} is not as a golden has it: ${issue?.message}.`,
    'Copy the golden again; its format is in test-data/goldens/README.md.',
    { file, field },
  );
}

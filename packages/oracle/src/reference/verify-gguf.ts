import { basename } from 'node:path';
import { type Tensor, TilewrightError } from '@tilewright/spec';
import { readJsonObject } from '../files/read-json.ts';
import { openModel } from '../open-model.ts';
import { SafetensorsFile } from '../weights/safetensors-file.ts';
import { compareTap } from './compare-tap.ts';
import { fileDigest } from './file-digest.ts';
import { goldenPlace } from './golden-place.ts';
import type { Tolerance, VerificationFailure, VerificationResult } from './verification-result.ts';
import type { VerifyOptions } from './verify.ts';

const CASE = 'prompt';

/**
 * Holds a GGUF file against the golden beside it, `FILE.golden.safetensors`: the logits that transformers
 * computes from the same dequantised weights for the tokens there, at every position; and the file's digest, where
 * a `golden.json` beside it records it. Throws as `verifyAgainstGolden` does.
 */
export async function verifyGguf(
  path: string,
  tolerance: Tolerance,
  options: VerifyOptions,
): Promise<VerificationResult> {
  const { signal, onProgress } = options;
  const model = await openModel(path, options);
  try {
    const file = await SafetensorsFile.open(goldenPlace(path).tensors);
    try {
      const digests = await compareDigest(path, signal);
      const { tokens, logits } = await readGolden(file, signal);
      onProgress?.({ case: CASE, done: 0, total: 1 });
      const ours = await model.oracle.start().forward({ tokens, logits: 'all', ...(signal && { signal }) });
      onProgress?.({ case: CASE, done: 1, total: 1 });
      const { result, failure } = compareTap({ case: CASE, tap: 'logits' }, ours, logits, tolerance);
      const failures = [...digests.failures, ...(failure ? [failure] : [])];
      return {
        directory: model.directory,
        madeBy: 'Hugging Face transformers',
        passed: failures.length === 0,
        tolerance,
        cases: [{ name: CASE, tokens: tokens.length, taps: [result], greedy: { expected: 0, identical: 0 } }],
        failures,
        firstDifference: failure ?? failures[0] ?? null,
        compared: { taps: 1, elements: result.elements, greedyTokens: 0, tokenizerCases: 0, digests: digests.compared },
        maxAbsoluteError: result.maxAbsoluteError ?? 0,
      };
    } finally {
      await file.close();
    }
  } finally {
    await model.close();
  }
}

async function compareDigest(
  path: string,
  signal?: AbortSignal,
): Promise<{ compared: number; failures: VerificationFailure[] }> {
  const name = basename(path);
  const expected = await recordedDigest(goldenPlace(path).record, name);
  if (expected === undefined) return { compared: 0, failures: [] };
  const got = await fileDigest(path, signal);
  if (got === expected) return { compared: 1, failures: [] };
  const message = `${name} is not the file that the golden belongs to: its SHA-256 is ${got}, not ${expected}.`;
  return { compared: 1, failures: [{ kind: 'digest-mismatch', file: name, expected, got, message }] };
}

/** Undefined where there is no record, or none of this file. Throws `file-malformed`. */
async function recordedDigest(record: string, name: string): Promise<string | undefined> {
  const json = await readJsonObject(record).catch((error: unknown) => {
    if (TilewrightError.isInstance(error) && error.code === 'file-missing') return {};
    throw error;
  });
  const digests = (json as { sha256?: Record<string, unknown> }).sha256;
  const digest = digests?.[name];
  return typeof digest === 'string' ? digest : undefined;
}

/** Throws `file-malformed` where the file does not hold the tokens of one prompt and logits for each. */
async function readGolden(file: SafetensorsFile, signal?: AbortSignal): Promise<{ tokens: number[]; logits: Tensor }> {
  const tokens = file.tensors.get('tokens');
  const logits = file.tensors.get('logits');
  const [positions] = tokens?.shape ?? [];
  if (
    tokens?.dtype !== 'I32' ||
    tokens.shape.length !== 1 ||
    logits?.shape.length !== 2 ||
    logits.shape[0] !== positions
  ) {
    throw new TilewrightError(
      'file-malformed',
      `${file.file} does not hold tokens [n] of I32 and logits [n, vocabulary].`,
      'Copy the golden again; its format is in test-data/goldens-gguf/README.md.',
      { file: file.file },
    );
  }
  const pieces: Uint8Array[] = [];
  for await (const bytes of file.bytes(tokens, signal)) pieces.push(bytes.slice());
  const stored = Buffer.concat(pieces);
  const elements = logits.shape.reduce((product, extent) => product * extent, 1);
  return {
    tokens: Array.from({ length: positions }, (_, i) => stored.readInt32LE(4 * i)),
    logits: { shape: logits.shape, data: await file.read(logits, 0, elements, signal) },
  };
}

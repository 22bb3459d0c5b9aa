import { basename, join } from 'node:path';
import { type ModelSpec, TilewrightError } from '@tilewright/spec';
import type { OracleOptions } from '../forward/create-oracle.ts';
import { tapNames } from '../forward/tap-names.ts';
import { isGgufPath } from '../gguf/is-gguf-path.ts';
import { type OpenModel, openModel } from '../open-model.ts';
import { SafetensorsFile } from '../weights/safetensors-file.ts';
import { fileDigest } from './file-digest.ts';
import { type GoldenFile, readGoldenFile } from './golden-file.ts';
import { kernelTaps, REQUIRED_TAPS } from './required-taps.ts';
import type { CaseResult, Tolerance, VerificationFailure, VerificationResult } from './verification-result.ts';
import { verifyCase } from './verify-case.ts';
import { verifyGguf } from './verify-gguf.ts';
import { verifyTokenizer } from './verify-tokenizer.ts';

/** Room for another order of summation and for nothing else: the goldens are within 2e-5 of float64. */
export const GOLDEN_TOLERANCE: Tolerance = { absolute: 2e-4, relative: 1e-4 };
/** How many greedy tokens a case has, unless the model's context ends before. */
const GREEDY_TOKENS = 32;
const TENSORS = 'golden.safetensors';
/** Each case decodes many times: this much of the model need not be read and widened for every token. */
const WEIGHT_CACHE_BYTES = 256 * 1024 * 1024;

export interface VerifyOptions extends OracleOptions {
  readonly signal?: AbortSignal;
  /** After each forward pass: how many are done, of how many, in which case. */
  readonly onProgress?: (progress: VerificationProgress) => void;
}

export interface VerificationProgress {
  readonly case: string;
  readonly done: number;
  readonly total: number;
}

/**
 * Holds a model directory against the `golden.json` and `golden.safetensors` in it: the digests of the
 * files, every tap of every case, the greedy continuations, and the tokenizer where the golden has cases for
 * it. What differs is in the result. Throws only where there is nothing to compare: a golden or a model that
 * is missing or cannot be read (`file-missing`, `file-malformed`, …), or `aborted`. A GGUF file is held against the
 * golden beside it.
 */
export async function verifyAgainstGolden(directory: string, options: VerifyOptions = {}): Promise<VerificationResult> {
  if (isGgufPath(directory)) return verifyGguf(directory, GOLDEN_TOLERANCE, options);
  const golden = await readGoldenFile(directory);
  const model = await openModel(directory, { weightCacheBytes: WEIGHT_CACHE_BYTES, ...options });
  try {
    const tensors = await SafetensorsFile.open(join(directory, TENSORS));
    try {
      return await compareAll(model, golden, tensors, options);
    } finally {
      await tensors.close();
    }
  } finally {
    await model.close();
  }
}

async function compareAll(
  model: OpenModel,
  golden: GoldenFile,
  file: SafetensorsFile,
  { signal, onProgress }: VerifyOptions,
): Promise<VerificationResult> {
  const failures: VerificationFailure[] = await compareDigests(model.directory, golden, signal);
  const { tapsOf, unknown } = sortTaps(model.spec, golden, file);
  failures.push(...findIncomplete(model.spec, golden, tapsOf), ...unknown);

  const cases: CaseResult[] = [];
  const total = golden.cases.reduce((passes, { greedy }) => passes + 1 + greedy.length, 0);
  let done = 0;
  for (const goldenCase of golden.cases) {
    const { result, failures: found } = await verifyCase(model, {
      golden: goldenCase,
      taps: tapsOf.get(goldenCase.name) ?? new Set(),
      file,
      tolerance: GOLDEN_TOLERANCE,
      ...(signal && { signal }),
      onStep: () => onProgress?.({ case: goldenCase.name, done: ++done, total }),
    });
    cases.push(result);
    failures.push(...found);
  }
  failures.push(...(await verifyTokenizer(model, golden.tokenizer ?? [])));
  return summarise(model.directory, golden, cases, failures);
}

async function compareDigests(
  directory: string,
  golden: GoldenFile,
  signal?: AbortSignal,
): Promise<VerificationFailure[]> {
  const failures: VerificationFailure[] = [];
  if (!(TENSORS in golden.sha256)) {
    failures.push(incomplete(null, `the digest of ${TENSORS}`, `golden.json has no digest of ${TENSORS}.`));
  }
  for (const [name, expected] of Object.entries(golden.sha256)) {
    if (basename(name) !== name) {
      throw new TilewrightError(
        'file-malformed',
        `golden.json in ${directory} has a digest of ${name}, which is no file beside it.`,
        'Copy the golden again.',
        { file: join(directory, 'golden.json'), field: `sha256.${name}` },
      );
    }
    const got = await fileDigest(join(directory, name), signal);
    if (got === expected) continue;
    const message = `${name} is not the file that the golden belongs to: its SHA-256 is ${got}, not ${expected}.`;
    failures.push({ kind: 'digest-mismatch', file: name, expected, got, message });
  }
  return failures;
}

/** The tensors of the golden by case; those that belong to no case, or to no tap of ours, are failures. */
function sortTaps(
  model: ModelSpec,
  golden: GoldenFile,
  file: SafetensorsFile,
): { tapsOf: ReadonlyMap<string, ReadonlySet<string>>; unknown: VerificationFailure[] } {
  const known = new Set(tapNames(model));
  const tapsOf = new Map(golden.cases.map(({ name }) => [name, new Set<string>()]));
  const unknown: VerificationFailure[] = [];
  for (const name of file.tensors.keys()) {
    const owner = golden.cases.find((candidate) => name.startsWith(`${candidate.name}.`))?.name;
    const tap = owner === undefined ? name : name.slice(owner.length + 1);
    if (owner !== undefined && known.has(tap)) {
      tapsOf.get(owner)?.add(tap);
      continue;
    }
    const message =
      owner === undefined
        ? `${name} in the golden belongs to no case.`
        : `${name} in the golden is no tap of this model.`;
    unknown.push({ kind: 'tap-unknown', case: owner ?? null, tap, message });
  }
  return { tapsOf, unknown };
}

/** A golden that compares less than the format promises proves less than it seems to. */
function findIncomplete(
  model: ModelSpec,
  golden: GoldenFile,
  tapsOf: ReadonlyMap<string, ReadonlySet<string>>,
): VerificationFailure[] {
  if (golden.cases.length === 0) return [incomplete(null, 'cases', 'The golden has no cases.')];
  const failures: VerificationFailure[] = [];
  if (tapsOf.size < golden.cases.length) {
    failures.push(incomplete(null, 'distinct names', 'Two cases of the golden have the same name.'));
  }
  for (const { name, tokens, greedy } of golden.cases) {
    for (const tap of REQUIRED_TAPS) {
      if (tapsOf.get(name)?.has(tap)) continue;
      failures.push(incomplete(name, tap, `The golden has no ${tap} for the case ${name}.`));
    }
    const wanted = Math.min(GREEDY_TOKENS, model.maxPositions - tokens.length + 1);
    if (greedy.length < wanted) {
      const what = `${wanted} greedy tokens`;
      failures.push(incomplete(name, what, `The case ${name} has ${greedy.length} of ${what}.`));
    }
  }
  const missing = golden.cases.map(({ name }) => kernelTaps(model).filter((tap) => !tapsOf.get(name)?.has(tap)));
  const fewest = missing.reduce((least, taps) => (taps.length < least.length ? taps : least));
  if (fewest.length > 0) {
    failures.push(incomplete(null, fewest[0], `No case of the golden has every kernel: ${fewest[0]} is missing.`));
  }
  return failures;
}

function incomplete(goldenCase: string | null, missing: string, message: string): VerificationFailure {
  return { kind: 'golden-incomplete', case: goldenCase, missing, message };
}

function summarise(
  directory: string,
  golden: GoldenFile,
  cases: readonly CaseResult[],
  failures: readonly VerificationFailure[],
): VerificationResult {
  const taps = cases.flatMap((result) => result.taps);
  return {
    directory,
    madeBy: madeBy(golden),
    passed: failures.length === 0,
    tolerance: GOLDEN_TOLERANCE,
    cases,
    failures,
    firstDifference: failures.find((failure) => 'tap' in failure) ?? failures[0] ?? null,
    compared: {
      taps: taps.length,
      elements: taps.reduce((sum, { elements }) => sum + elements, 0),
      greedyTokens: cases.reduce((sum, { greedy }) => sum + greedy.expected, 0),
      tokenizerCases: golden.tokenizer?.length ?? 0,
      digests: Object.keys(golden.sha256).length,
    },
    maxAbsoluteError: taps.reduce((largest, { maxAbsoluteError }) => Math.max(largest, maxAbsoluteError ?? 0), 0),
  };
}

function madeBy({ provenance = {} }: GoldenFile): string {
  const { made_by: maker, transformers: version } = provenance;
  if (typeof maker !== 'string') return 'somebody who is not named in it';
  return typeof version === 'string' ? `${maker} (transformers ${version})` : maker;
}

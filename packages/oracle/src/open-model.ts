import { stat } from 'node:fs/promises';
import { type ModelSpec, type Oracle, TilewrightError, type Tokenizer } from '@tilewright/spec';
import { readModelSpec } from './config/read-model-spec.ts';
import { fileError } from './files/file-error.ts';
import { createOracle, type OracleOptions } from './forward/create-oracle.ts';
import { GgufFile } from './gguf/gguf-file.ts';
import { ggufModelSpec } from './gguf/gguf-model-spec.ts';
import { ggufTokenizer } from './gguf/gguf-tokenizer.ts';
import { ggufWeights } from './gguf/gguf-weights.ts';
import { isGgufPath } from './gguf/is-gguf-path.ts';
import { SYNTHETIC } from './model-place.ts';
import { syntheticWeights } from './synthetic/synthetic-weights.ts';
import { cachedOracle } from './tap-cache/cached-oracle.ts';
import { CallStore, type TapCacheOptions } from './tap-cache/call-store.ts';
import { implementationDigest } from './tap-cache/implementation-digest.ts';
import { readTokenizer } from './tokenizer/read-tokenizer.ts';
import { dominantFormat, openModelWeights, type RowSource } from './weights/model-weights.ts';

/** A model, opened: configuration and weights are known to belong together. */
export interface OpenModel {
  /** What it was opened by: a directory in Hugging Face's format, a GGUF file, or `synthetic:` and a configuration. */
  readonly directory: string;
  readonly spec: ModelSpec;
  readonly weights: RowSource;
  readonly oracle: Oracle;
  /** Digest of the weights; reads all of them the first time. */
  digest(signal?: AbortSignal): Promise<string>;
  /** Throws `tokenizer-unusable` if the model has none; it can be judged without. */
  tokenizer(): Promise<Tokenizer>;
  close(): Promise<void>;
}

export interface OpenModelOptions extends OracleOptions {
  /** Keeps what the oracle computes on disk, and looks it up. Default: every value is computed. */
  readonly tapCache?: TapCacheOptions;
}

/** What a format has to offer; the rest follows from it. */
interface ModelParts {
  /** Without the format of its weights. */
  readonly config: ModelSpec;
  readonly weights: RowSource;
  readonly tokenizer: () => Promise<Tokenizer>;
}

/**
 * Opens a model: a directory with `config.json` and safetensors, a `.gguf` file, or `synthetic:` and a `config.json`,
 * whose weights are made up as they are read. Reads the configuration and the
 * headers of the weights, and holds one against the other; values are read when they are needed. Throws
 * `file-missing`, `file-malformed`, `file-truncated`, `config-invalid`, `architecture-unsupported`,
 * `feature-unsupported`, `tensor-missing`, `tensor-misshapen`, `tensor-dtype-unsupported`.
 */
export async function openModel(path: string, options: OpenModelOptions = {}): Promise<OpenModel> {
  const { config, weights, tokenizer: read } = await openParts(path);
  const spec: ModelSpec = { ...config, weightFormat: dominantFormat(weights) };
  let digest: string | undefined;
  let tokenizer: Promise<Tokenizer> | undefined;
  const digestOf = async (signal?: AbortSignal): Promise<string> => {
    digest ??= await weights.digest(signal);
    return digest;
  };
  const oracle = createOracle(spec, weights, options);
  let identityFound: Promise<string> | undefined;
  const identity = (): Promise<string> => {
    identityFound ??= oracleIdentity(spec, digestOf, options);
    return identityFound;
  };
  return {
    directory: path,
    spec,
    weights,
    oracle: options.tapCache ? cachedOracle(oracle, new CallStore(options.tapCache), identity) : oracle,
    digest: digestOf,
    tokenizer: () => {
      tokenizer ??= read();
      return tokenizer;
    },
    close: () => weights.close(),
  };
}

/** What the oracle's values follow from, but for the tokens: the model, its weights, and what computes. */
async function oracleIdentity(
  spec: ModelSpec,
  weightsDigest: () => Promise<string>,
  options: OracleOptions,
): Promise<string> {
  return JSON.stringify([spec, await weightsDigest(), await implementationDigest(options)]);
}

async function openParts(path: string): Promise<ModelParts> {
  if (path.startsWith(SYNTHETIC)) return openSynthetic(path);
  if (isGgufPath(path)) return openGguf(path);
  await requireDirectory(path);
  const config = await readModelSpec(path);
  return { config, weights: await openModelWeights(path, config), tokenizer: () => readTokenizer(path) };
}

async function openSynthetic(path: string): Promise<ModelParts> {
  const config = await readModelSpec(path);
  const tokenizer = async (): Promise<Tokenizer> => {
    throw new TilewrightError(
      'tokenizer-unusable',
      `A model with synthetic weights has no tokenizer (${path}).`,
      'Pass token numbers.',
      { file: path },
    );
  };
  return { config, weights: syntheticWeights(config), tokenizer };
}

async function openGguf(path: string): Promise<ModelParts> {
  const gguf = await GgufFile.open(path);
  try {
    const config = await ggufModelSpec(gguf);
    const weights = ggufWeights(gguf, config);
    return { config, weights, tokenizer: async () => ggufTokenizer(gguf.metadata, path) };
  } catch (error) {
    await gguf.close();
    throw error;
  }
}

async function requireDirectory(path: string): Promise<void> {
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(path)).isDirectory();
  } catch (error) {
    throw fileError(error, path);
  }
  if (isDirectory) return;
  throw new TilewrightError(
    'file-malformed',
    `${path} is a file, where a model directory was expected.`,
    'Give the directory that holds config.json and the safetensors, or a file that ends in .gguf.',
    { file: path },
  );
}

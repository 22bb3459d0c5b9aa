import { stat } from 'node:fs/promises';
import { type ModelSpec, type Oracle, TilewrightError, type Tokenizer } from '@tilewright/spec';
import { readModelSpec } from './config/read-model-spec.ts';
import { fileError } from './files/file-error.ts';
import { createOracle, type OracleOptions } from './forward/create-oracle.ts';
import { readTokenizer } from './tokenizer/read-tokenizer.ts';
import { dominantFormat, openModelWeights, type RowSource } from './weights/model-weights.ts';

/** A Hugging Face model directory, opened: configuration and weights are known to belong together. */
export interface OpenModel {
  readonly directory: string;
  readonly spec: ModelSpec;
  readonly weights: RowSource;
  readonly oracle: Oracle;
  /** Digest of the weights; reads all of them the first time. */
  digest(signal?: AbortSignal): Promise<string>;
  /** Throws `tokenizer-unusable` if the directory has none; a model can be judged without. */
  tokenizer(): Promise<Tokenizer>;
  close(): Promise<void>;
}

/**
 * Opens a model directory: reads `config.json`, and the headers of the weights, which it checks against
 * it. Values are read when they are needed. Throws `file-missing`, `file-malformed`, `file-truncated`,
 * `config-invalid`, `architecture-unsupported`, `feature-unsupported`, `tensor-missing`, `tensor-misshapen`,
 * `tensor-dtype-unsupported`.
 */
export async function openModel(directory: string, options: OracleOptions = {}): Promise<OpenModel> {
  await requireDirectory(directory);
  const config = await readModelSpec(directory);
  const weights = await openModelWeights(directory, config);
  const spec: ModelSpec = { ...config, weightFormat: dominantFormat(weights) };
  let digest: string | undefined;
  let tokenizer: Promise<Tokenizer> | undefined;
  return {
    directory,
    spec,
    weights,
    oracle: createOracle(spec, weights, options),
    digest: async (signal) => {
      digest ??= await weights.digest(signal);
      return digest;
    },
    tokenizer: () => {
      tokenizer ??= readTokenizer(directory);
      return tokenizer;
    },
    close: () => weights.close(),
  };
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
    'Give the directory that holds config.json and the safetensors.',
    { file: path },
  );
}

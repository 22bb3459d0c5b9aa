import { resolve } from 'node:path';
import { isGgufPath, openModel, SYNTHETIC } from '@tilewright/oracle';
import { type WrittenGolden, writeGolden } from '@tilewright/oracle/transformers';
import { TilewrightError } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { resolveModel } from '../model/resolve-model.ts';
import { openInTransformers } from './open-reference.ts';

export interface GoldenRequest {
  readonly model: string;
  /** Where the golden goes; the model directory where there is none. */
  readonly out?: string;
  readonly prompts: readonly string[];
  readonly tokens?: readonly number[];
  readonly seed: number;
  /** Replace a golden that is there. */
  readonly force: boolean;
}

/** Writes a golden by transformers: nothing in it is computed by us. */
export async function goldenByTransformers(request: GoldenRequest, context: CommandContext): Promise<WrittenGolden> {
  const { surroundings, progress, signal } = context;
  const { path, source } = await resolveModel(request.model, context);
  if (isGgufPath(path) || path.startsWith(SYNTHETIC)) {
    throw new TilewrightError(
      'usage',
      `${request.model} is not what transformers reads itself.`,
      'Give a directory with config.json and safetensors, or a model of the hub.',
      { field: 'model', got: request.model },
    );
  }
  if (source !== null && request.out === undefined) {
    throw new TilewrightError(
      'usage',
      `${request.model} is in the cache of Hugging Face, which is not ours to write to.`,
      'Say with --out where the golden goes.',
      { field: '--out' },
    );
  }
  const model = await openModel(path);
  try {
    progress.step('opening the model in transformers');
    const reference = await openInTransformers(surroundings, model, signal);
    try {
      const { out, prompts, tokens, seed, force } = request;
      return await writeGolden(model, reference, {
        ...{ prompts, seed, force, signal },
        ...(tokens !== undefined && { tokens }),
        directory: out === undefined ? path : resolve(surroundings.cwd, out),
        onProgress: (subject) => progress.step(subject),
      });
    } finally {
      await reference.close();
    }
  } finally {
    await model.close();
  }
}

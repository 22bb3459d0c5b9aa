import { resolve } from 'node:path';
import { openModel } from '@tilewright/oracle';
import { type WrittenGolden, writeGolden } from '@tilewright/oracle/transformers';
import type { CommandContext } from '../command-context.ts';
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
export async function goldenByTransformers(
  request: GoldenRequest,
  { surroundings, progress, signal }: CommandContext,
): Promise<WrittenGolden> {
  const model = await openModel(resolve(surroundings.cwd, request.model));
  try {
    progress.step('opening the model in transformers');
    const reference = await openInTransformers(surroundings, model, signal);
    try {
      const { out, prompts, tokens, seed, force } = request;
      return await writeGolden(model, reference, {
        ...{ prompts, seed, force, signal },
        ...(tokens !== undefined && { tokens }),
        directory: resolve(surroundings.cwd, out ?? request.model),
        onProgress: (subject) => progress.step(subject),
      });
    } finally {
      await reference.close();
    }
  } finally {
    await model.close();
  }
}

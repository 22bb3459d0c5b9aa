import { resolve } from 'node:path';
import { type VerificationResult, verifyAgainstGolden } from '@tilewright/oracle';
import type { CommandContext } from '../command-context.ts';

/** Holds a model directory against the golden files in it. */
export async function verifyOracle(directory: string, context: CommandContext): Promise<VerificationResult> {
  const { progress, signal, surroundings } = context;
  return verifyAgainstGolden(resolve(surroundings.cwd, directory), {
    signal,
    onProgress: (at) => progress.step(`case ${at.case}: forward pass ${at.done} of ${at.total}`),
  });
}

import { type VerificationResult, verifyAgainstGolden } from '@tilewright/oracle';
import type { CommandContext } from '../command-context.ts';
import { resolveModel } from '../model/resolve-model.ts';
import { withOracleEngine } from '../model/with-oracle-engine.ts';

/** Holds a model against its golden: the files in its directory, or those beside a GGUF file. */
export async function verifyOracle(model: string, context: CommandContext): Promise<VerificationResult> {
  const { surroundings, progress, signal } = context;
  const { path } = await resolveModel(model, context);
  return withOracleEngine(surroundings, (oracle) =>
    verifyAgainstGolden(path, {
      ...oracle,
      signal,
      onProgress: (at) => progress.step(`case ${at.case}: forward pass ${at.done} of ${at.total}`),
    }),
  );
}

import { MATRIX_ENGINES, type MatrixEngineName, type OracleOptions, openMatrixEngine } from '@tilewright/oracle';
import { TilewrightError } from '@tilewright/spec';
import type { Surroundings } from '../terminal/surroundings.ts';

/** Names the one engine to use, or `none` for plain TypeScript. */
const VARIABLE = 'TILEWRIGHT_ENGINE';
/** Commands run a model many times; this much of it need not be read and widened each time. */
const WEIGHT_CACHE_BYTES = 256 * 1024 * 1024;

/** Which engines may be used here, the first of them that is installed. Throws `usage` for a name that we do not know. */
export function allowedEngines({ environment }: Pick<Surroundings, 'environment'>): readonly MatrixEngineName[] {
  const chosen = environment[VARIABLE];
  if (chosen === undefined || chosen === '') return MATRIX_ENGINES;
  if (chosen === 'none') return [];
  const engine = MATRIX_ENGINES.find((name) => name === chosen);
  if (engine !== undefined) return [engine];
  throw new TilewrightError(
    'usage',
    `${VARIABLE} is ${chosen}, which is no engine.`,
    `Set it to ${MATRIX_ENGINES.join(', ')} or none, or not at all.`,
    { field: VARIABLE, expected: [...MATRIX_ENGINES, 'none'].join(', '), got: chosen },
  );
}

/** Does `work` with what the oracle computes with on this machine, and closes that after it. */
export async function withOracleEngine<Result>(
  surroundings: Pick<Surroundings, 'environment'>,
  work: (options: OracleOptions) => Promise<Result>,
): Promise<Result> {
  const { engine } = await openMatrixEngine({ engines: allowedEngines(surroundings) });
  try {
    return await work({ weightCacheBytes: WEIGHT_CACHE_BYTES, ...(engine && { engine }) });
  } finally {
    await engine?.close();
  }
}

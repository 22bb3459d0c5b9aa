import { type MatrixEngine, TilewrightError } from '@tilewright/spec';

/** The engines that we know, the fastest first: docs/decisions/matrix-engines.md has the measurements. */
export const MATRIX_ENGINES = ['onnxruntime', 'blas'] as const;
export type MatrixEngineName = (typeof MATRIX_ENGINES)[number];

export interface MatrixEngineOptions {
  /** Which to try, in order. Default: all. */
  readonly engines?: readonly MatrixEngineName[];
  /** Default: as many as the machine has cores for us. */
  readonly threads?: number;
}

/** What was found: an engine, or null; and why those before it were not taken. */
export interface FoundMatrixEngine {
  readonly engine: MatrixEngine | null;
  readonly missing: readonly { readonly name: MatrixEngineName; readonly error: TilewrightError }[];
}

// Loaded when asked for: neither they nor what they need is part of this package's start.
const OPENERS: Readonly<Record<MatrixEngineName, (threads: { readonly threads?: number }) => Promise<MatrixEngine>>> = {
  onnxruntime: async (threads) =>
    (await import('../onnxruntime/open-onnxruntime-engine.ts')).openOnnxruntimeEngine(threads),
  blas: async (threads) => (await import('../blas/open-blas-engine.ts')).openBlasEngine(threads),
};

/**
 * Opens the best engine that is installed here; the caller closes it. Without any the oracle computes all the same, in
 * TypeScript.
 */
export async function openMatrixEngine(options: MatrixEngineOptions = {}): Promise<FoundMatrixEngine> {
  const { engines = MATRIX_ENGINES, threads } = options;
  const missing: { name: MatrixEngineName; error: TilewrightError }[] = [];
  for (const name of engines) {
    try {
      return { engine: await OPENERS[name](threads === undefined ? {} : { threads }), missing };
    } catch (error) {
      if (!TilewrightError.isInstance(error) || error.code !== 'module-unknown') throw error;
      missing.push({ name, error });
    }
  }
  return { engine: null, missing };
}

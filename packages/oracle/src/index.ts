export { modelSpecFromConfig, readModelSpec } from './config/read-model-spec.ts';
export {
  type FoundMatrixEngine,
  MATRIX_ENGINES,
  type MatrixEngineName,
  type MatrixEngineOptions,
  openMatrixEngine,
} from './engine/open-matrix-engine.ts';
export { createOracle, type OracleOptions } from './forward/create-oracle.ts';
export { argmax, type GreedyOptions, greedy } from './forward/greedy.ts';
export { tapNames } from './forward/tap-names.ts';
export { type TapsOptions, type TapView, taps } from './forward/taps.ts';
export { isGgufPath } from './gguf/is-gguf-path.ts';
export { absoluteModel, SYNTHETIC } from './model-place.ts';
export { type OpenModel, type OpenModelOptions, openModel } from './open-model.ts';
export { hasGolden } from './reference/golden-place.ts';
export type {
  CaseResult,
  TapResult,
  Tolerance,
  VerificationFailure,
  VerificationResult,
} from './reference/verification-result.ts';
export {
  GOLDEN_TOLERANCE,
  type VerificationProgress,
  type VerifyOptions,
  verifyAgainstGolden,
} from './reference/verify.ts';
export { type SyntheticOptions, type SyntheticWeights, syntheticWeights } from './synthetic/synthetic-weights.ts';
export type { TapCacheOptions } from './tap-cache/call-store.ts';
export { readTokenizer } from './tokenizer/read-tokenizer.ts';
export { openModelWeights, type RowSource } from './weights/model-weights.ts';

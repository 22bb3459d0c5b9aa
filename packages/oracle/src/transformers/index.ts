export {
  type Choice,
  openTransformers,
  type TransformersModel,
  type TransformersOptions,
  type TransformersSequence,
  type TransformersVersions,
} from './open-transformers.ts';
export { type GoldenOptions, type WrittenCase, type WrittenGolden, writeGolden } from './write-golden.ts';

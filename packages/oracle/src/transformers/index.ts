export {
  type Choice,
  openTransformers,
  type TransformersModel,
  type TransformersOptions,
  type TransformersSequence,
  type TransformersVersions,
} from './open-transformers.ts';

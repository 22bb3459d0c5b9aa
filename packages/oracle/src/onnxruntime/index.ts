export type { AttentionBlock, GraphEngine, GraphPiece } from '../forward/graph-engine.ts';
export { type OnnxruntimeOptions, openOnnxruntimeEngine } from './open-onnxruntime-engine.ts';

import { layerOps, layerTap, type ModelSpec } from '@tilewright/spec';

/** The taps that every case of a golden has. */
export function requiredTaps(model: ModelSpec): readonly string[] {
  const outputs = Array.from({ length: model.layers }, (_, layer) => layerTap(layer, 'output'));
  return ['embedding', ...outputs, 'final_norm', 'logits'];
}

/**
 * The taps that at least one case must have: every kernel of every layer. A product before its bias and
 * the sum after attention have no module of their own in Hugging Face, so goldens do not have them.
 */
export function kernelTaps(model: ModelSpec): readonly string[] {
  const outputs = layerOps(model)
    .map((op) => op.output)
    .filter((output) => !output.endsWith('.matmul') && output !== 'attention_residual');
  return Array.from({ length: model.layers }, (_, layer) => outputs.map((output) => layerTap(layer, output))).flat();
}

import { layerOps, layerTap, type ModelSpec } from '@tilewright/spec';

/** The taps that every case of a golden has. */
export const REQUIRED_TAPS: readonly string[] = ['final_norm', 'logits'];

/**
 * The taps that at least one case must have: the embedding and every kernel of every layer. A product
 * before its bias and the sum after attention have no module of their own in Hugging Face, so goldens do
 * not have them.
 */
export function kernelTaps(model: ModelSpec): readonly string[] {
  const outputs = layerOps(model)
    .map((op) => op.output)
    .filter((output) => !output.endsWith('.matmul') && output !== 'attention_residual');
  const layers = Array.from({ length: model.layers }, (_, layer) => outputs.map((output) => layerTap(layer, output)));
  return ['embedding', ...layers.flat()];
}

/** The residual stream on its way: what a comparison looks at where every kernel would be too much. */
export function stateTaps(model: ModelSpec): readonly string[] {
  const outputs = Array.from({ length: model.layers }, (_, layer) => layerTap(layer, 'output'));
  return ['embedding', ...outputs, 'final_norm'];
}

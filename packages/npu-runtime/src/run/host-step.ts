import { axisLength, type HostOperation, layerTap, MODEL_WEIGHTS, type ModelSpec } from '@tilewright/spec';
import { decodeAttention } from '../host/decode-attention.ts';
import { finalNorm } from '../host/final-norm.ts';
import { ropeRows, rotationFrequencies } from '../host/rope-rows.ts';
import { relayoutTensor } from '../layout/pack-tensor.ts';
import type { WeightStore } from '../weights/weight-store.ts';
import { fedRows, type Pass } from './pass.ts';
import type { SectionValues } from './section-values.ts';

/** Does the work of a host step on the host's values. */
export async function runHostStep(
  operation: HostOperation,
  model: ModelSpec,
  values: SectionValues,
  weights: WeightStore,
  layer: number,
  pass: Pass,
): Promise<void> {
  const count = pass.tokens.length;
  switch (operation.name) {
    case 'embedding':
      values.write(operation.output, layer, await weights.embeddingRows(pass.tokens, pass.signal));
      return;
    case 'rope-table': {
      const heads = axisLength(values.buffer(operation.output).layout.columns) / model.headDim;
      const frequencies = rotationFrequencies(model.rope, model.headDim);
      values.write(operation.output, layer, ropeRows(model, frequencies, heads, pass.position, count));
      return;
    }
    case 'transpose': {
      const from = values.buffer(operation.input);
      const to = values.buffer(operation.output);
      const target = values.bytes(operation.output, layer);
      relayoutTensor(values.bytes(operation.input, layer), from.layout, target, to.layout, to.format);
      return;
    }
    case 'append-key-values': {
      const keys = values.read(operation.keys, layer, count);
      pass.caches[layer].write(pass.position, keys, values.read(operation.values, layer, count));
      return;
    }
    case 'decode-attention': {
      const query = values.read(operation.query, layer, 1);
      const attended = decodeAttention(query, pass.caches[layer], pass.position + 1, model);
      values.write(operation.output, layer, attended);
      return;
    }
    case 'final-norm':
      values.write(operation.output, layer, await normedRow(model, weights, pass));
      return;
    case 'gather-logits':
      // Nothing moves: the caller reads the partitions where they are. Its time counts all the same.
      return;
  }
}

/** The final norm of the row of the residual stream that the head was given, or of what is fed in its place. */
export async function normedRow(model: ModelSpec, weights: WeightStore, pass: Pass): Promise<Float32Array> {
  const stream = layerTap(model.layers - 1, 'output');
  const fed = await pass.feed?.(stream);
  const row = fed === undefined ? pass.headInput : fedRows(fed, model.hiddenSize, pass.feedRow, 1, stream);
  if (row === undefined) throw new TypeError('the final norm was run without a residual stream');
  return finalNorm(row, await weights.vector(MODEL_WEIGHTS.finalNorm, pass.signal), model.rmsNormEpsilon);
}

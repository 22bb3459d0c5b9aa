import { type DeployedModel, layerTap } from '@tilewright/spec';
import { tampered } from './tampered.ts';

/** The first and the last head of the attention's output have changed places, in every layer. */
export function swappedHeads(deployed: DeployedModel): DeployedModel {
  const { layers, heads, headDim } = deployed.model;
  const width = heads * headDim;
  const taps = Array.from({ length: layers }, (_, layer) => layerTap(layer, 'attention'));
  return tampered(deployed, {
    taps,
    change: ({ value }) => {
      const data = value.data.slice();
      for (let row = 0; row < data.length; row += width) {
        data.copyWithin(row, row + width - headDim, row + width);
        data.set(value.data.subarray(row, row + headDim), row + width - headDim);
      }
      return { shape: value.shape, data };
    },
  });
}

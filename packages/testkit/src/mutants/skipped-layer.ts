import { type DeployedModel, layerTap } from '@tilewright/spec';
import { tampered } from './tampered.ts';

/** The residual stream leaves one layer as it entered it. */
export function skippedLayer(deployed: DeployedModel, layer = 1): DeployedModel {
  const before = layer === 0 ? 'embedding' : layerTap(layer - 1, 'output');
  const input = layerTap(layer, 'input');
  return tampered(deployed, {
    taps: [layerTap(layer, 'output')],
    watches: [before, input],
    change: ({ value }, seen) => seen.get(input) ?? seen.get(before) ?? value,
  });
}

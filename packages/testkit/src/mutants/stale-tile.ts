import { type DeployedModel, layerTap } from '@tilewright/spec';
import { tampered } from './tampered.ts';

/** Side of the tile, in elements. */
const TILE = 32;

/**
 * In one layer, one 32 by 32 tile of a kernel's output still holds what the layer before (for the first:
 * the call before) left there.
 */
export function staleTile(deployed: DeployedModel, layer = 1, output = 'gate_proj'): DeployedModel {
  const earlier = layerTap(layer === 0 ? deployed.model.layers - 1 : layer - 1, output);
  return tampered(deployed, {
    taps: [layerTap(layer, output)],
    watches: [earlier],
    change: ({ value }, seen) => {
      const rows = value.shape[0] as number;
      const width = value.data.length / rows;
      const stale = seen.get(earlier)?.data;
      const data = value.data.slice();
      for (let row = 0; row < Math.min(rows, TILE); row++) {
        for (let column = 0; column < Math.min(width, TILE); column++) {
          data[row * width + column] = stale?.[row * width + column] ?? 0;
        }
      }
      return { shape: value.shape, data };
    },
  });
}

import { type DeployedModel, layerTap } from '@tilewright/spec';
import { tampered } from './tampered.ts';

/** One element of one kernel's output is not a number. */
export function notANumber(deployed: DeployedModel, layer = 0, output = 'up_proj'): DeployedModel {
  return tampered(deployed, {
    taps: [layerTap(layer, output)],
    change: ({ value }) => {
      const data = value.data.slice();
      data[data.length - 1] = Number.NaN;
      return { shape: value.shape, data };
    },
  });
}

import { type DeployedModel, layerTap } from '@tilewright/spec';
import { tampered } from './tampered.ts';

/** One kernel's output is uniformly scaled in every layer: it correlates perfectly, and is wrong. */
export function scaledOutput(deployed: DeployedModel, factor = 2, output = 'o_proj'): DeployedModel {
  const taps = Array.from({ length: deployed.model.layers }, (_, layer) => layerTap(layer, output));
  return tampered(deployed, {
    taps,
    change: ({ value }) => ({ shape: value.shape, data: value.data.map((element) => factor * element) }),
  });
}

import { type DeployedModel, layerTap } from '@tilewright/spec';
import { ropeAngles, rotateHalves } from '../noisy-deployment/rope-angles.ts';
import { tampered } from './tampered.ts';

/** Queries are rotated by one position too many, in every layer. Keys are right, or nothing would change. */
export function shiftedRope(deployed: DeployedModel): DeployedModel {
  const { model } = deployed;
  const angles = ropeAngles(model);
  const taps = Array.from({ length: model.layers }, (_, layer) => layerTap(layer, 'q_rope'));
  return tampered(deployed, {
    taps,
    change: ({ value }) => {
      const data = value.data.slice();
      rotateHalves(data, angles, model.heads, () => 1);
      return { shape: value.shape, data };
    },
  });
}

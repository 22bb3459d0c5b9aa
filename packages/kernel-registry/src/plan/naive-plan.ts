import type { DeviceModel, ModelSpec, Plan } from '@tilewright/spec';
import { headSection } from './head-section.ts';
import { layerSection } from './layer-section.ts';
import { planInvalid } from './plan-errors.ts';
import { kernelPlanner } from './registry-kernel.ts';

export interface NaivePlanRequest {
  /** Tokens that one prefill must be able to take; the plan pads them to what its kernels need. */
  readonly prefillLength: number;
  /** Tokens that the KV cache must be able to hold. */
  readonly contextLength: number;
}

/**
 * Where a deployment starts: one dispatch per kernel, every buffer on the host and copied in and back each
 * time, layouts transposed on the host. Sizes that do not align are padded with zeros, as the layouts say.
 * Throws `plan-invalid` for lengths that the model does not have, `shape-unsupported` where no kernel fits.
 */
export function naivePlan(model: ModelSpec, device: DeviceModel, request: NaivePlanRequest): Plan {
  const { prefillLength, contextLength } = request;
  for (const [field, value] of Object.entries({ prefillLength, contextLength })) {
    if (!Number.isInteger(value) || value < 1 || value > model.maxPositions) {
      throw planInvalid(
        field,
        `${value} is not a number of tokens that the model takes`,
        `Use a whole number from 1 to ${model.maxPositions}.`,
      );
    }
  }
  const plan = kernelPlanner(device);
  const prefill = layerSection(model, plan, prefillLength, 'prefill');
  const decode = layerSection(model, plan, 1, 'decode');
  return {
    specificationVersion: 'v1',
    model,
    device: device.id,
    prefillLength: prefill.rows,
    contextLength,
    sections: { prefill: prefill.section, decode: decode.section, head: headSection(model, plan) },
  };
}

import { type ConfigurationBasis, type DeviceModel, type KernelConfig, TilewrightError } from '@tilewright/spec';
import type { KernelShape } from '../kernel/kernel-definition.ts';
import { kernelDefinition, lookup } from './lookup.ts';

/** A kernel ready to stand in a Plan, its shape padded where it had to be. */
export interface PlannedKernel {
  readonly name: string;
  readonly version: number;
  readonly shape: KernelShape;
  readonly config: KernelConfig;
  readonly basis: ConfigurationBasis;
}

/**
 * The smallest padded shape at which a kernel has a configuration worth running; the shape itself
 * where a published row is exactly that shape. Throws `kernel-unknown`.
 */
export function padShape(kernel: string, shape: KernelShape, device: DeviceModel): KernelShape {
  if (lookup(kernel, shape, device)?.basis.kind === 'row') return shape;
  return kernelDefinition(kernel).padded?.(shape, device) ?? shape;
}

/** Plans made so far: a model asks for the same few shapes again and again. */
const planned = new WeakMap<DeviceModel, Map<string, PlannedKernel>>();

/** A kernel at the given or the next padded shape. Throws `kernel-unknown`, `shape-unsupported`. */
export function planKernel(kernel: string, shape: KernelShape, device: DeviceModel): PlannedKernel {
  let plans = planned.get(device);
  if (plans === undefined) {
    plans = new Map();
    planned.set(device, plans);
  }
  const key = JSON.stringify([kernel, shape]);
  let plan = plans.get(key);
  if (plan === undefined) {
    plan = search(kernel, shape, device);
    plans.set(key, plan);
  }
  return plan;
}

function search(kernel: string, shape: KernelShape, device: DeviceModel): PlannedKernel {
  const definition = kernelDefinition(kernel);
  const padded = padShape(kernel, shape, device);
  const found = lookup(kernel, padded, device);
  if (found !== null) {
    const config = definition.deployed?.(padded, found.config, device) ?? found.config;
    return { name: kernel, version: definition.version, shape: padded, config, basis: found.basis };
  }
  throw new TilewrightError(
    'shape-unsupported',
    `Kernel ${kernel} has no legal configuration at ${JSON.stringify(shape)} on ${device.name}.`,
    'Use a smaller model or sequence length, or bring a kernel of your own for this shape.',
    { kernel, shape },
  );
}

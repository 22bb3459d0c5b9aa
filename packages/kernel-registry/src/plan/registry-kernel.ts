import type { DeviceModel, RegistryKernel } from '@tilewright/spec';
import type { KernelShape } from '../kernel/kernel-definition.ts';
import { planKernel } from '../registry/plan-kernel.ts';

/** Plans kernels for one device. */
export type KernelPlanner = (kernel: string, shape: KernelShape) => RegistryKernel;

/** `planKernel` as plans refer to kernels; it remembers, because the search for common sizes asks often. */
export function kernelPlanner(device: DeviceModel): KernelPlanner {
  const planned = new Map<string, RegistryKernel>();
  return (kernel, shape) => {
    const key = JSON.stringify([kernel, shape]);
    let known = planned.get(key);
    if (known === undefined) {
      known = { origin: 'registry', ...planKernel(kernel, shape, device) };
      planned.set(key, known);
    }
    return known;
  };
}

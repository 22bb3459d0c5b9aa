import { type BuiltKernel, KERNELS } from '@tilewright/kernel-registry';
import type { DeviceModel, KernelConfig, PlanEdit } from '@tilewright/spec';
import type { FailingLaunch } from './failing-launch.ts';

/** How many configurations are built and looked at before the search is given up. */
const MOST_TRIED = 200;

/**
 * The kernel's best legal configuration other than the present one, as an edit; null for an authored kernel, and where
 * there is none. `prefers` decides by the built kernels whether a candidate is worth proposing.
 */
export function otherConfiguration(
  { section, launch }: FailingLaunch,
  device: DeviceModel,
  by: string,
  prefers: (candidate: BuiltKernel, present: BuiltKernel | null) => boolean,
): PlanEdit | null {
  const { kernel } = launch;
  if (kernel.origin === 'authored') return null;
  const definition = KERNELS.get(kernel.name);
  if (definition === undefined) return null;
  const { shape, config: present } = kernel;
  const isLegal = (config: KernelConfig): boolean => definition.limits(shape, config, device).length === 0;
  const built = isLegal(present) ? definition.build(shape, present) : null;
  let tried = 0;
  for (const config of definition.configurations(shape, device)) {
    if (isSame(config, present) || !isLegal(config)) continue;
    if (++tried > MOST_TRIED) break;
    if (!prefers(definition.build(shape, config), built)) continue;
    return {
      kind: 'set-kernel',
      section,
      launch: launch.id,
      kernel: { ...kernel, config, basis: { kind: 'edited', by } },
    };
  }
  return null;
}

function isSame(a: KernelConfig, b: KernelConfig): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

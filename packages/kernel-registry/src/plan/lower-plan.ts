import {
  type DeviceModel,
  type DispatchStep,
  type Launch,
  type LoweredDispatch,
  type LoweredPlan,
  type Plan,
  type ProgramArgument,
  type SectionName,
  TilewrightError,
} from '@tilewright/spec';
import type { BuiltKernel } from '../kernel/kernel-definition.ts';
import { bindLaunches, bufferUses, isBuilt, type KernelBuilder, kernelBuilder } from './build-launch.ts';
import { checkPlan } from './check-plan.ts';

/**
 * One Program per dispatch: the launches of its kernels one after another, over the distinct plan
 * buffers in order of first use, each with the union of what the kernels do to it. Throws
 * `plan-invalid` with every fault that `checkPlan` finds.
 */
export function lowerPlan(plan: Plan, device: DeviceModel): LoweredPlan {
  const builder = kernelBuilder(device);
  const faults = checkPlan(plan, device, builder);
  if (faults.length > 0) {
    const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
    throw new TilewrightError(
      'plan-invalid',
      `The plan does not hold together: ${faults[0]}${more}.`,
      'Correct the plan where it says, or start again from the naive plan.',
      { faults },
    );
  }
  const dispatches: LoweredDispatch[] = [];
  for (const section of ['prefill', 'decode', 'head'] as const) {
    const { once, layer } = plan.sections[section];
    for (const step of [...once, ...layer]) {
      if (step.kind === 'dispatch') dispatches.push(lowerDispatch(section, step, builder));
    }
  }
  return { specificationVersion: 'v1', device: device.id, dispatches };
}

function lowerDispatch(section: SectionName, step: DispatchStep, builder: KernelBuilder): LoweredDispatch {
  const buffers = new Map<string, ProgramArgument>();
  const launches: Launch[] = [];
  let hostPath: BuiltKernel['hostPath'] = 'xclbin';
  for (const launch of step.launches) {
    const kernel = builder.build(launch.kernel);
    if (!isBuilt(kernel)) throw new TypeError(`${launch.id} was checked and does not build`);
    for (const { buffer, argument } of bufferUses(launch, kernel)) {
      const known = buffers.get(buffer);
      const access = known === undefined || known.access === argument.access ? argument.access : 'read-write';
      buffers.set(buffer, { name: buffer, format: argument.format, elements: argument.elements, access });
    }
    launches.push(...bindLaunches(launch, kernel));
    if (kernel.hostPath === 'elf') hostPath = 'elf';
  }
  // An xclbin holds one configuration of the array, so it runs one launch.
  if (launches.length > 1) hostPath = 'elf';
  const id = `${section}/${step.id}`;
  return {
    id,
    section,
    step: step.id,
    program: { specificationVersion: 'v1', name: id, hostPath, arguments: [...buffers.values()], launches },
    buffers: [...buffers.keys()],
  };
}

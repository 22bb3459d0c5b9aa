import {
  type DeviceModel,
  type KernelReference,
  type Launch,
  type PlanLaunch,
  type ProgramArgument,
  type Statement,
  TilewrightError,
} from '@tilewright/spec';
import type { BuiltKernel } from '../kernel/kernel-definition.ts';
import { KERNELS } from '../registry/kernels.ts';

/** Builds each kernel of a plan once, however many launches use it. */
export interface KernelBuilder {
  /** The kernel as built, or why it cannot be, one sentence each. */
  build(kernel: KernelReference): BuiltKernel | readonly string[];
}

/** A builder for one device; it remembers what it built. */
export function kernelBuilder(device: DeviceModel): KernelBuilder {
  const built = new Map<string, BuiltKernel | readonly string[]>();
  return {
    build(kernel) {
      if (kernel.origin === 'authored') return buildAuthored(kernel);
      const key = JSON.stringify([kernel.name, kernel.version, sorted(kernel.shape), sorted(kernel.config)]);
      let result = built.get(key);
      if (result === undefined) {
        result = buildRegistered(kernel, device);
        built.set(key, result);
      }
      return result;
    },
  };
}

/** Tells what `build` gave: false for a list of reasons. */
export function isBuilt(result: BuiltKernel | readonly string[]): result is BuiltKernel {
  return !Array.isArray(result);
}

function buildAuthored(kernel: KernelReference & { origin: 'authored' }): BuiltKernel | readonly string[] {
  const { program } = kernel;
  if (program.launches.length !== 1) {
    return [`the authored kernel ${kernel.name} has ${program.launches.length} launches; it must have exactly one`];
  }
  return { hostPath: program.hostPath, arguments: program.arguments, launches: program.launches };
}

function buildRegistered(
  kernel: KernelReference & { origin: 'registry' },
  device: DeviceModel,
): BuiltKernel | readonly string[] {
  const definition = KERNELS.get(kernel.name);
  if (definition === undefined) return [`the registry has no kernel ${kernel.name}`];
  if (definition.version !== kernel.version) {
    return [`the registry has version ${definition.version} of ${kernel.name}, not ${kernel.version}`];
  }
  const faults = [
    ...nameFaults('shape', definition.shapeNames, kernel.shape),
    ...nameFaults('configuration', definition.configNames, kernel.config),
  ];
  if (faults.length > 0) return faults;
  try {
    const broken = definition.limits(kernel.shape, kernel.config, device);
    if (broken.length > 0) return broken.map((limit) => `${kernel.name} breaks a limit: ${limit.message}`);
    return definition.build(kernel.shape, kernel.config);
  } catch (error) {
    if (TilewrightError.isInstance(error)) return [error.message];
    throw error;
  }
}

function nameFaults(what: string, wanted: readonly string[], given: Readonly<Record<string, unknown>>): string[] {
  const missing = wanted.filter((name) => given[name] === undefined);
  const strange = Object.keys(given).filter((name) => !wanted.includes(name));
  return [
    ...missing.map((name) => `its ${what} has no ${name}`),
    ...strange.map((name) => `its ${what} has ${name}, which the kernel does not know`),
  ];
}

function sorted(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What a launch does to a plan buffer. */
export interface BufferUse {
  readonly buffer: string;
  readonly argument: ProgramArgument;
}

/** The plan buffers of a launch, in the order of the kernel's arguments. Precondition: all are bound. */
export function bufferUses(launch: PlanLaunch, kernel: BuiltKernel): readonly BufferUse[] {
  return kernel.arguments.map((argument) => ({ buffer: launch.arguments[argument.name] as string, argument }));
}

/** The kernel's launches with their arguments renamed to plan buffers and their names made unique. */
export function bindLaunches(launch: PlanLaunch, kernel: BuiltKernel): readonly Launch[] {
  const single = kernel.launches.length === 1;
  return kernel.launches.map((built) => ({
    ...built,
    name: single ? launch.id : `${launch.id}/${built.name}`,
    shim: built.shim.map((process) => ({ ...process, body: rename(process.body, launch.arguments) })),
  }));
}

function rename(body: readonly Statement[], names: Readonly<Record<string, string>>): readonly Statement[] {
  return body.map((statement) => {
    if (statement.kind === 'for' || statement.kind === 'if')
      return { ...statement, body: rename(statement.body, names) };
    if (statement.kind === 'call') return statement;
    return { ...statement, buffer: names[statement.buffer] ?? statement.buffer };
  });
}

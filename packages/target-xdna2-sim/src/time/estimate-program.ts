import type { DeviceModel, Estimate, Program, TimePart } from '@tilewright/spec';
import { XDNA2 } from '../device/xdna2.ts';
import { bytesToUs, CONSTANTS, cyclesToUs } from './constants.ts';
import { type LaunchLoad, launchLoad } from './launch-load.ts';

/**
 * The time between start and end of one dispatch, from its Program and the constants alone:
 * launches one after another, each as long as its busiest resource, plus what nothing can hide.
 * This is what the published rows time; the host's work around it is not in it.
 */
export function estimateProgram(program: Program, device: DeviceModel = XDNA2): Estimate {
  return summed(programParts(program, device));
}

/** The same with the host's work of submitting it; copies and syncs of buffers are still not in it. */
export function estimateDispatch(program: Program, device: DeviceModel): Estimate {
  return summed([{ name: 'dispatch overhead', us: CONSTANTS.dispatchUs.value }, ...programParts(program, device)]);
}

function programParts(program: Program, device: DeviceModel): readonly TimePart[] {
  const parts: TimePart[] = [];
  for (const launch of program.launches) {
    const load = launchLoad(launch);
    const floor = load.staged ? CONSTANTS.stagedLaunchUs.value : CONSTANTS.streamedLaunchUs.value;
    if (program.hostPath === 'elf') {
      const configure = CONSTANTS.configureLaunchUs.value + CONSTANTS.configureTileUs.value * load.tiles;
      parts.push({ name: `${launch.name}: configuration`, us: configure });
      if (load.countsTasks) parts.push({ name: `${launch.name}: counted tasks`, us: CONSTANTS.countedTasksUs.value });
    } else {
      parts.push({ name: `${launch.name}: launch floor`, us: floor });
    }
    const drained = bytesToUs(load.fillBytes + load.drainBytes, CONSTANTS.streamGigabytesPerSecond.value);
    parts.push({ name: `${launch.name}: fill and drain`, us: load.batches * (CONSTANTS.batchUs.value + drained) });
    parts.push(busiest(launch.name, load, device));
  }
  return parts;
}

function summed(parts: readonly TimePart[]): Estimate {
  const us = parts.reduce((sum, part) => sum + part.us, 0);
  const binding = parts.reduce((largest, part) => (part.us > largest.us ? part : largest));
  return { kind: 'estimate', us, parts, boundBy: binding.name.replace(/^.*: /, '') };
}

/** All resources work at the same time, so the busiest one takes the launch's time. */
function busiest(launch: string, load: LaunchLoad, device: DeviceModel): TimePart {
  const stream = CONSTANTS.streamGigabytesPerSecond.value;
  const core = cyclesToUs(load.coreCycles, device.clockMegahertz);
  const fill = bytesToUs(load.coreStreamBytes, stream);
  const l3 = load.staged
    ? Math.max(
        bytesToUs(load.l3ReadBytes, CONSTANTS.stagedReadGigabytesPerSecond.value),
        bytesToUs(load.l3WriteBytes, CONSTANTS.stagedReadGigabytesPerSecond.value),
      )
    : bytesToUs(load.l3ReadBytes + load.l3WriteBytes, CONSTANTS.streamedGigabytesPerSecond.value);
  const resources: TimePart[] = [
    { name: 'core', us: (load.overlapped ? core : core + fill) + bytesToUs(load.handOverBytes, stream) },
    { name: 'core stream', us: fill },
    { name: 'shim stream', us: bytesToUs(load.shimStreamBytes, stream) },
    { name: 'L3 bandwidth', us: l3 },
  ];
  const slowest = resources.reduce((most, resource) => (resource.us > most.us ? resource : most));
  return { name: `${launch}: ${slowest.name}`, us: slowest.us * load.iterations };
}

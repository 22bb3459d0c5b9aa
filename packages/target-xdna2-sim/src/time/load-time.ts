import type { TimePart } from '@tilewright/spec';
import type { Constants, CycleConstantName } from './constants.ts';
import type { CoreWork } from './microkernel-work.ts';
import type { CoreLoad, LaunchLoad, ProgramLoad } from './program-load.ts';

/**
 * The time between start and end of a Program with that load: launches one after another, each as
 * long as its busiest resource, plus what nothing can hide. Submitting it is not in it.
 */
export function loadTime(load: ProgramLoad, constants: Constants, clockMegahertz: number): readonly TimePart[] {
  return load.launches.flatMap((launch) => launchTime(launch, load.hostPath, constants, clockMegahertz));
}

function launchTime(
  load: LaunchLoad,
  hostPath: ProgramLoad['hostPath'],
  constants: Constants,
  clockMegahertz: number,
): TimePart[] {
  const part = (name: string, us: number): TimePart => ({ name: `${load.name}: ${name}`, us });
  const parts: TimePart[] = [];
  if (hostPath === 'elf') {
    parts.push(part('configuration', constants.configureLaunchUs + constants.configureTileUs * load.tiles));
    if (load.countsTasks) {
      parts.push(part('counted tasks', constants.countedTasksUs + load.batches * constants.countedBatchUs));
    }
  } else {
    parts.push(part('launch floor', load.staged ? constants.stagedLaunchUs : constants.streamedLaunchUs));
  }
  const fill = bytesToUs(load.fillBytes, constants.streamGigabytesPerSecond);
  const drain = bytesToUs(load.drainBytes, constants.drainGigabytesPerSecond);
  parts.push(part('fill and drain', load.batches * (constants.batchUs + fill + drain)));
  const slowest = iterationTime(load, constants, clockMegahertz);
  parts.push(part(slowest.name, slowest.us * load.iterations));
  return parts;
}

/** All resources work at the same time, so the busiest takes the iteration's time; edges come on top. */
function iterationTime(load: LaunchLoad, constants: Constants, clockMegahertz: number): TimePart {
  const stream = constants.streamGigabytesPerSecond;
  const us = (work: CoreWork): number => cycles(work, constants) / clockMegahertz;
  const l3 = load.staged
    ? bytesToUs(Math.max(load.l3ReadBytes, load.l3WriteBytes), constants.stagedReadGigabytesPerSecond)
    : bytesToUs(load.l3ReadBytes + load.l3WriteBytes, constants.streamedGigabytesPerSecond);
  const shared: TimePart[] = [
    { name: 'l3-bandwidth', us: l3 },
    { name: 'shim-stream', us: bytesToUs(load.shimStreamBytes, stream) },
  ];
  const chained = us(load.chained);
  let slowest: TimePart = { name: 'compute', us: 0 };
  for (const core of load.cores) {
    const binding = coreTimes(core, load.overlapped, us(core.looped), stream).concat(shared).reduce(slower);
    const handOver = load.staged ? bytesToUs(core.handOverBytes, stream) : 0;
    slowest = slower(slowest, { name: binding.name, us: binding.us + us(core.edge) + handOver });
  }
  return { name: slowest.name, us: slowest.us + chained };
}

/** A doubled buffer is filled while the core works on the other; a single one before. */
function coreTimes({ streamBytes }: CoreLoad, overlapped: boolean, compute: number, stream: number): TimePart[] {
  const fill = bytesToUs(streamBytes, stream);
  return [
    { name: 'compute', us: overlapped ? compute : compute + fill },
    { name: 'core-stream', us: fill },
  ];
}

function slower(a: TimePart, b: TimePart): TimePart {
  return b.us > a.us ? b : a;
}

function cycles(work: CoreWork, constants: Constants): number {
  let total = 0;
  for (const name in work) total += (work[name as CycleConstantName] as number) * constants[name as CycleConstantName];
  return total;
}

/** Bytes to µs at a bandwidth in GB/s (10^9). */
function bytesToUs(bytes: number, gigabytesPerSecond: number): number {
  return bytes / (gigabytesPerSecond * 1000);
}

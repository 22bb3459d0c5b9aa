import type { DeviceModel, Launch, Program, TimePart } from '@tilewright/spec';
import { XDNA2 } from '../device/xdna2.ts';
import { CONSTANTS } from '../time/constants.ts';
import { estimateDispatch } from '../time/estimate-program.ts';
import { loadTime } from '../time/load-time.ts';
import { type LaunchLoad, type ProgramLoad, programLoad } from '../time/program-load.ts';
import { iterationLanes } from './iteration-lanes.ts';
import { type TraceFile, TraceLanes } from './trace-event.ts';

const LAUNCHES = ['dispatch', 'launches'] as const;
/** Events of a trace, unless it is told otherwise: some megabytes, which viewers open at once. */
const MOST_EVENTS = 50_000;

/**
 * The estimate of one dispatch spread out in device time: what each core and each DMA channel is busy with, and
 * when, as the time model has it. Iterations of a launch are alike; those beyond `mostEvents` are one event per
 * lane. It is an estimate like the one that it adds up to, and no record of a run.
 */
export function dispatchTrace(
  program: Program,
  device: DeviceModel = XDNA2,
  { mostEvents = MOST_EVENTS }: { readonly mostEvents?: number } = {},
): TraceFile {
  const lanes = new TraceLanes();
  const estimate = estimateDispatch(program, device);
  const load = programLoad(program);
  lanes.add(['dispatch', 'host'], 'submit', 0, CONSTANTS.dispatchUs);
  let at = CONSTANTS.dispatchUs;
  for (const [index, launch] of program.launches.entries()) {
    const launchLoad = load.launches[index] as LaunchLoad;
    const parts = loadTime({ hostPath: load.hostPath, launches: [launchLoad] }, CONSTANTS, device.clockMegahertz);
    at = addLaunch(lanes, launch, launchLoad, load.hostPath, parts, at, device, mostEvents / program.launches.length);
  }
  return {
    traceEvents: lanes.events,
    displayTimeUnit: 'ns',
    otherData: {
      dispatch: program.name,
      timing: 'estimate',
      us: estimate.us,
      boundBy: estimate.boundBy,
      note: 'Spread out from the estimate of the simulator’s time model; nothing here was measured.',
    },
  };
}

/** Adds a launch that begins at `start`; returns when it ends. */
function addLaunch(
  lanes: TraceLanes,
  launch: Launch,
  load: LaunchLoad,
  hostPath: ProgramLoad['hostPath'],
  parts: readonly TimePart[],
  start: number,
  { clockMegahertz }: DeviceModel,
  mostEvents: number,
): number {
  const us = parts.reduce((sum, part) => sum + part.us, 0);
  lanes.add(LAUNCHES, launch.name, start, us, { iterations: load.iterations, batches: load.batches, path: hostPath });
  const name = (part: TimePart): string => part.name.slice(launch.name.length + 2);
  const [fillAndDrain, body] = parts.slice(-2) as [TimePart, TimePart];
  let at = start;
  for (const part of parts.slice(0, -2)) {
    lanes.add(LAUNCHES, name(part), at, part.us);
    at += part.us;
  }
  const drainUs = load.drainBytes / (CONSTANTS.drainGigabytesPerSecond * 1000);
  const fillUs = fillAndDrain.us / load.batches - drainUs;
  const iterationUs = body.us / load.iterations;
  const perBatch = load.iterations / load.batches;
  const working = iterationLanes(launch, clockMegahertz).filter((lane) => lane.us > 0);
  const eventsPerIteration = 2 + working.reduce((sum, { calls }) => sum + 1 + calls.length, 0);
  const shown = Math.max(1, Math.min(load.iterations, Math.floor((mostEvents - working.length) / eventsPerIteration)));
  for (let iteration = 0; iteration < shown; iteration++) {
    if (iteration % perBatch === 0) {
      lanes.add(LAUNCHES, 'fill', at, fillUs, { batch: iteration / perBatch });
      at += fillUs;
    }
    lanes.add(LAUNCHES, `iteration ${iteration}`, at, iterationUs, { boundBy: name(body) });
    for (const { lane, name: what, us: busy, args, calls } of working) {
      // What the model leaves out of an iteration's time cannot take longer than that.
      const dur = Math.min(busy, iterationUs);
      lanes.add(lane, what, at, dur, args);
      let from = at;
      for (const call of calls) {
        const callUs = (call.us * dur) / busy;
        lanes.add(lane, call.name, from, Math.min(callUs, at + dur - from), { calls: call.count });
        from = Math.min(from + callUs, at + dur);
      }
    }
    at += iterationUs;
    if ((iteration + 1) % perBatch === 0) {
      lanes.add(LAUNCHES, 'drain', at, drainUs, { batch: Math.floor(iteration / perBatch) });
      at += drainUs;
    }
  }
  const end = start + us;
  const more = load.iterations - shown;
  if (more > 0) {
    lanes.add(LAUNCHES, `${more} more iterations`, at, end - at, { iterations: more, boundBy: name(body) });
    for (const { lane, us: busy } of working) {
      const share = Math.min(1, busy / iterationUs);
      lanes.add(lane, `${more} more iterations`, at, end - at, {
        busyShare: share,
        busyUs: share * more * iterationUs,
      });
    }
  }
  return end;
}

import {
  type DeviceModel,
  type Diagnostic,
  type Launch,
  MICROKERNELS,
  type MicrokernelSignature,
  type Program,
  type ResourceUse,
} from '@tilewright/spec';
import {
  type BufferInstance,
  type Core,
  type DmaChannel,
  type Endpoint,
  type Flow,
  type LockInstance,
  type MachineLaunch,
  MEMTILE_ROW,
  type Step,
  type Tile,
} from '../machine/machine.ts';
import { allocateTile } from './allocate-memory.ts';
import {
  assignCoreChannels,
  assignMemtileChannels,
  assignShimChannels,
  channelKind,
  dmaPorts,
} from './assign-channels.ts';
import { assignMemtileColumns } from './assign-memtile-columns.ts';
import { checkCascades } from './check-cascades.ts';
import { checkLaunch } from './check-launch.ts';
import { checkMicrokernels } from './check-microkernels.ts';
import { checkDescriptors, checkLocks, checkProgramMemory } from './check-tile-limits.ts';
import { checkTransfers } from './check-transfers.ts';
import { expandLaunch } from './expand-launch.ts';
import { type Finding, mergeAlike } from './findings.ts';
import { foreseeLostTasks, foreseeOutOfStep, lostTransfers } from './foresee-hazards.ts';
import { lowerMemoryProcess } from './lower-memory-process.ts';
import { lowerShimPort } from './lower-shim-process.ts';
import { memoryDescriptors } from './memory-descriptors.ts';
import { type BufferUse, bufferUses } from './ownership.ts';
import { placeHerds } from './place-herds.ts';
import type { Port, ProcessInstance } from './process-instance.ts';
import { programBytes } from './program-memory.ts';
import { resourceUse } from './resource-use.ts';
import { routeFlows } from './route-flows.ts';
import { batchExtentsOf, checkBatchCounts, shimTasks } from './shim-tasks.ts';

export interface CompiledLaunch {
  /** Null where the launch could not be laid out; there are diagnostics then. */
  readonly machine: MachineLaunch | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What compiles and will go wrong when it runs. */
  readonly hazards: readonly Diagnostic[];
  readonly resources: readonly ResourceUse[];
}

/**
 * Compiles one launch of a Program: places its herds, expands its processes, assigns columns,
 * channels, memory, locks and descriptors, and routes its streams. Never throws on a Program;
 * everything that does not fit is a diagnostic, and all passes that still make sense are run.
 */
export function compileLaunch(
  program: Program,
  launch: Launch,
  device: DeviceModel,
  dispatch: string = program.name,
  microkernels: ReadonlyMap<string, MicrokernelSignature> = MICROKERNELS,
): CompiledLaunch {
  const findings: Finding[] = [];
  const foreseen: Finding[] = [];
  const report = (finding: Finding): void => {
    findings.push(finding);
  };
  const placed = (found: readonly Finding[]): readonly Diagnostic[] =>
    mergeAlike(found).map((finding) => ({ ...finding, dispatch, launch: launch.name }));
  const finish = (machine: MachineLaunch | null, resources: readonly ResourceUse[]): CompiledLaunch => ({
    machine,
    diagnostics: placed(findings),
    hazards: placed(foreseen),
    resources,
  });

  if (!checkLaunch(program, launch, microkernels, report)) return finish(null, []);
  const places = placeHerds(launch, device, report);
  // A herd without cores leaves streams without ends, which would be reported as faults of the program.
  if (places.size < launch.herds.length) return finish(null, []);
  const { shim, memtile, cores, streams } = expandLaunch(program, launch, places, report);
  const inMemory = [...memtile, ...cores];
  checkMicrokernels(cores, launch.grid, microkernels, report);
  checkCascades(streams.streams, cores, report);
  const usesOf = new Map<ProcessInstance, ReadonlyMap<string, BufferUse>>();
  for (const instance of inMemory) usesOf.set(instance, bufferUses(instance, launch.pingPong, report));
  if (!assignMemtileColumns(memtile, usesOf, device, report)) return finish(null, []);

  const shimPlaced = assignShimChannels(shim, device, report);
  checkTransfers([...shim, ...inMemory], launch.grid, device, report);
  const batchExtents = batchExtentsOf(launch);
  checkBatchCounts(launch, batchExtents, device, report);
  const tasks = new Map<Port, number>();
  for (const port of allDmaPorts(shim)) tasks.set(port, shimTasks(port, launch.grid, batchExtents, device, report));
  const rings = new Map<Port, { readonly descriptors: number; readonly finite: boolean }>();
  for (const port of allDmaPorts(inMemory)) {
    const uses = usesOf.get(port.instance) as ReadonlyMap<string, BufferUse>;
    rings.set(port, memoryDescriptors(port, uses, device, report));
  }
  const descriptors = new Map([...rings].map(([port, ring]) => [port, ring.descriptors]));
  assignCoreChannels(cores, device, report);
  assignMemtileChannels(memtile, descriptors, device, report);

  const { buffers, bufferIndex, l1Bytes, l2Bytes } = allocate();
  const locks: LockInstance[] = [];
  const flowIndex = new Map(streams.streams.map((stream, index) => [stream, index]));
  const tables = {
    buffer: (instance: ProcessInstance, name: string): number => bufferIndex.get(instance)?.get(name) as number,
    lock: (tile: Tile, name: string, initial: number): number => locks.push({ name, tile, initial }) - 1,
    flow: (port: Port): number => flowIndex.get(port.stream) as number,
  };

  const dmas: DmaChannel[] = [];
  const machineCores: Core[] = [];
  const argumentIndex = new Map(program.arguments.map(({ name }, index) => [name, index]));
  for (const port of allDmaPorts(shim)) {
    if (port.tile === null) continue;
    const steps = lowerShimPort(port.instance.root, port, argumentIndex, tables.flow(port));
    const count = tasks.get(port) as number;
    const lostFrom = lostTransfers(port, count, launch, batchExtents, device);
    dmas.push(dmaChannel(port, steps, count, count, true, lostFrom));
  }
  for (const instance of inMemory) {
    const uses = usesOf.get(instance) as ReadonlyMap<string, BufferUse>;
    const lowered = lowerMemoryProcess(instance, uses, tables);
    for (const [port, steps] of lowered.dmas) {
      const ring = rings.get(port) as { descriptors: number; finite: boolean };
      dmas.push(dmaChannel(port, steps, ring.descriptors, 0, ring.finite, null));
    }
    if (instance.level !== 'core') continue;
    machineCores.push({
      tile: instance.tile as Tile,
      herd: instance.process,
      x: instance.x,
      y: instance.y,
      steps: lowered.core,
      programBytes: programBytes(lowered.core, microkernels),
    });
  }
  foreseeOutOfStep(usesOf, (finding) => foreseen.push(finding));
  foreseeLostTasks(dmas, device, (finding) => foreseen.push(finding));
  checkDescriptors(dmas, device, report);
  checkLocks(locks, device, report);
  checkProgramMemory(machineCores, device, report);

  const flows: Flow[] = streams.streams.map(({ name, channel, producer, consumers }) => ({
    name,
    kind: channel.kind,
    format: channel.format,
    source: producer === null ? null : endpoint(producer),
    destinations: consumers.flatMap((consumer) => endpoint(consumer) ?? []),
    route: [],
  }));
  const routed = flows.filter((flow) => flow.kind === 'stream' && flow.source !== null);
  const { routes, busiest } = routeFlows(
    routed.map(({ name, source, destinations }) => ({
      name,
      source: (source as Endpoint).tile,
      destinations: destinations.map(({ tile }) => tile),
    })),
    device,
    shimPlaced ? report : () => {},
  );
  const routeOf = new Map(routed.map((flow, index) => [flow, routes[index] as Flow['route']]));
  const machine: MachineLaunch = {
    name: launch.name,
    grid: launch.grid,
    batchExtents,
    buffers,
    locks,
    flows: flows.map((flow) => ({ ...flow, route: routeOf.get(flow) ?? [] })),
    dmas,
    cores: machineCores,
  };
  return finish(machine, resourceUse(machine, { l1Bytes, l2Bytes, busiest }, device));

  function allocate(): {
    buffers: BufferInstance[];
    bufferIndex: Map<ProcessInstance, Map<string, number>>;
    l1Bytes: number;
    l2Bytes: number;
  } {
    const buffers: BufferInstance[] = [];
    const bufferIndex = new Map<ProcessInstance, Map<string, number>>();
    const tiles = new Map<string, ProcessInstance[]>();
    for (const instance of inMemory) {
      const { column, row } = instance.tile as Tile;
      const key = `${column},${row}`;
      tiles.set(key, [...(tiles.get(key) ?? []), instance]);
    }
    let l1Bytes = 0;
    let l2Bytes = 0;
    for (const instances of tiles.values()) {
      const tile = instances[0]?.tile as Tile;
      const isMemtile = tile.row === MEMTILE_ROW;
      const content = instances.map((instance) => ({
        instance,
        uses: usesOf.get(instance) as ReadonlyMap<string, BufferUse>,
      }));
      const allocated = allocateTile(tile, content, isMemtile ? 0 : launch.stackBytes, device, report);
      let next = buffers.length;
      for (const { instance, uses } of content) {
        bufferIndex.set(instance, new Map([...uses.keys()].map((name) => [name, next++])));
      }
      buffers.push(...allocated.buffers);
      if (isMemtile) l2Bytes = Math.max(l2Bytes, allocated.usedBytes);
      else l1Bytes = Math.max(l1Bytes, allocated.usedBytes);
    }
    return { buffers, bufferIndex, l1Bytes, l2Bytes };
  }

  function dmaChannel(
    port: Port,
    steps: readonly Step[],
    descriptors: number,
    tasksPerBatch: number,
    finite: boolean,
    lostFrom: DmaChannel['lostFrom'],
  ): DmaChannel {
    const direction = channelKind(port.direction);
    const { tile, channel } = port as Port & { tile: Tile };
    return { tile, direction, channel, flow: tables.flow(port), steps, descriptors, tasksPerBatch, lostFrom, finite };
  }
}

function allDmaPorts(instances: readonly ProcessInstance[]): readonly Port[] {
  return instances.flatMap((instance) => [...dmaPorts(instance, 'put'), ...dmaPorts(instance, 'get')]);
}

function endpoint(port: Port): Endpoint | null {
  if (port.stream.channel.kind === 'cascade') {
    const { tile } = port.instance;
    return tile === null ? null : { tile, port: 'cascade', channel: 0 };
  }
  return port.tile === null ? null : { tile: port.tile, port: 'dma', channel: port.channel };
}

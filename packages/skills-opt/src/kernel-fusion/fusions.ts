import { type KernelShape, kernelDefinition, lookup, tapsInside } from '@tilewright/kernel-registry';
import {
  type DispatchStep,
  layerOps,
  type OpNode,
  type PlanBuffer,
  type PlanLaunch,
  type PlanSection,
  type RegistryKernel,
  type SectionName,
  type Situation,
} from '@tilewright/spec';
import { sectionsOf } from '../situation/situation-evidence.ts';

/** Launches of a layer that one launch can replace. */
export interface Fusion {
  readonly section: SectionName;
  readonly launches: readonly string[];
  readonly into: PlanLaunch;
  readonly added: readonly PlanBuffer[];
  /** Buffers that nothing uses any more. */
  readonly removed: readonly string[];
}

interface Candidate {
  readonly kernel: string;
  readonly shape: KernelShape;
  readonly arguments: Readonly<Record<string, string>>;
  readonly added: readonly PlanBuffer[];
}

/** Every fusion that a phase's decode section has room for, in execution order. */
export function fusionsOf(situation: Situation, by: string): readonly Fusion[] {
  if (!sectionsOf(situation).includes('decode')) return [];
  const section = situation.plan.sections.decode;
  const runs = launchRuns(section);
  return layerOps(situation.plan.model).flatMap((op) => {
    const fusion = fusionAt(op, situation, section, runs, by);
    return fusion === null ? [] : [fusion];
  });
}

/** Launches that follow each other without a host step between them, with the dispatch that each is in. */
function launchRuns({ layer }: PlanSection): readonly (readonly PlacedLaunch[])[] {
  const runs: PlacedLaunch[][] = [[]];
  for (const step of layer) {
    if (step.kind === 'host') runs.push([]);
    else for (const launch of step.launches) runs.at(-1)?.push({ launch, step });
  }
  return runs;
}

interface PlacedLaunch {
  readonly launch: PlanLaunch;
  readonly step: DispatchStep;
}

/** The fusion that ends with an op, if there is one. */
function fusionAt(
  op: OpNode,
  { plan, device }: Situation,
  section: PlanSection,
  runs: readonly (readonly PlacedLaunch[])[],
  by: string,
): Fusion | null {
  const kernel = op.kind === 'add' ? 'gemv-add' : op.kind === 'silu-mul' ? 'norm-swiglu-gemv' : null;
  const inside = kernel === null ? null : tapsInside(kernel, op.output, plan.model);
  if (kernel === null || inside === null) return null;
  const placed = consecutive([...inside, op.output], runs);
  if (placed === null) return null;
  const launches = placed.map(({ launch }) => launch);
  const candidate = kernel === 'gemv-add' ? productAndAdd(launches) : normGateUpSilu(launches, section);
  if (candidate === null) return null;
  const { shape, added } = candidate;
  const known = kernelDefinition(kernel).padded?.(shape, device) ?? shape;
  // The buffers are as long as they are: a shape that would have to be padded is not for this plan.
  const config = Object.entries(shape).every(([name, value]) => known[name] === value)
    ? lookup(kernel, shape, device)?.config
    : undefined;
  if (config === undefined) return null;
  const removed = between(launches, candidate);
  if (!removed.every((id) => usedOnlyBy(launches, id, section))) return null;
  const { version } = kernelDefinition(kernel);
  return {
    section: 'decode',
    launches: launches.map(({ id }) => id),
    into: {
      id: op.output,
      kernel: { origin: 'registry', name: kernel, version, shape, config, basis: { kind: 'edited', by } },
      arguments: candidate.arguments,
      computes: op.output,
      inside,
    },
    added,
    removed,
  };
}

/** The launches that compute these taps, if they follow each other in one dispatch or make up whole ones. */
function consecutive(
  taps: readonly string[],
  runs: readonly (readonly PlacedLaunch[])[],
): readonly PlacedLaunch[] | null {
  for (const run of runs) {
    const first = run.findIndex(({ launch }) => launch.computes === taps[0]);
    const placed = run.slice(first, first + taps.length);
    if (first < 0 || placed.some(({ launch }, index) => launch.computes !== taps[index])) continue;
    if (placed.length < taps.length) return null;
    const steps = [...new Set(placed.map(({ step }) => step))];
    const whole = steps.length === 1 || steps.every(({ launches }) => launches.every((one) => isIn(placed, one)));
    return whole ? placed : null;
  }
  return null;
}

function isIn(placed: readonly PlacedLaunch[], launch: PlanLaunch): boolean {
  return placed.some((one) => one.launch === launch);
}

function registered(launch: PlanLaunch | undefined, name: string): RegistryKernel | null {
  const kernel = launch?.kernel;
  return kernel?.origin === 'registry' && kernel.name === name ? kernel : null;
}

function productAndAdd([product, addition]: readonly PlanLaunch[]): Candidate | null {
  const gemv = registered(product, 'gemv');
  const add = registered(addition, 'add');
  if (product === undefined || addition === undefined || gemv === null || add === null) return null;
  const { m, k } = gemv.shape;
  const { a, b, c } = addition.arguments;
  const residual = b === product.arguments.c ? a : a === product.arguments.c ? b : undefined;
  const [matrix, x] = [product.arguments.a, product.arguments.x];
  if (m === undefined || k === undefined || add.shape.elements !== m) return null;
  if (residual === undefined || c === undefined || matrix === undefined || x === undefined) return null;
  return { kernel: 'gemv-add', shape: { m, k }, arguments: { a: matrix, x, residual, c }, added: [] };
}

function normGateUpSilu([norm, gate, up, silu]: readonly PlanLaunch[], { buffers }: PlanSection): Candidate | null {
  const row = registered(norm, 'rms-norm')?.shape;
  const [gateShape, upShape] = [registered(gate, 'gemv')?.shape, registered(up, 'gemv')?.shape];
  if (row === undefined || gateShape === undefined || upShape === undefined || !registered(silu, 'silu-mul'))
    return null;
  const { width: k, rows, count, epsilon } = row;
  const hidden = gateShape.m;
  if (rows !== 1 || k === undefined || count === undefined || epsilon === undefined || hidden === undefined)
    return null;
  if (gateShape.k !== k || upShape.k !== k || upShape.m !== hidden) return null;
  if (silu?.arguments.gate !== gate?.arguments.c || silu?.arguments.up !== up?.arguments.c) return null;
  const weights = [gate, up].map((launch) => buffers.find(({ id }) => id === launch?.arguments.a));
  const [input, weight, output] = [norm?.arguments.input, norm?.arguments.weight, silu?.arguments.output];
  const both = interleaved(weights[0], weights[1]);
  if (both === null || input === undefined || weight === undefined || output === undefined) return null;
  if (norm?.arguments.output !== gate?.arguments.x || norm?.arguments.output !== up?.arguments.x) return null;
  return {
    kernel: 'norm-swiglu-gemv',
    shape: { hidden, k, count, epsilon },
    arguments: { input, weight, a: both.id, output },
    added: [both],
  };
}

/** Gate and up as one matrix whose rows alternate; it lives where the gate did. */
function interleaved(gate: PlanBuffer | undefined, up: PlanBuffer | undefined): PlanBuffer | null {
  if (gate?.content.kind !== 'matrix' || up?.content.kind !== 'matrix') return null;
  const same = JSON.stringify({ ...gate.content, weight: up.content.weight }) === JSON.stringify(up.content);
  if (!same || gate.content.stored !== 'out-in' || gate.content.interleavedWith !== undefined) return null;
  return {
    ...gate,
    id: `${gate.id}+${up.id}`,
    layout: { ...gate.layout, rows: 2 * gate.layout.rows },
    content: { ...gate.content, interleavedWith: up.content.weight },
  };
}

/** What the single launches name and the one in their place does not. */
function between(launches: readonly PlanLaunch[], candidate: Candidate): readonly string[] {
  const kept = new Set(Object.values(candidate.arguments));
  const named = launches.flatMap((launch) => Object.values(launch.arguments));
  return [...new Set(named)].filter((id) => !kept.has(id));
}

function usedOnlyBy(launches: readonly PlanLaunch[], buffer: string, { once, layer, residual }: PlanSection): boolean {
  if (buffer === residual) return false;
  return [...once, ...layer].every((step) =>
    step.kind === 'host'
      ? !Object.values(step.operation).flat().includes(buffer)
      : step.launches.every((one) => launches.includes(one) || !Object.values(one.arguments).includes(buffer)),
  );
}

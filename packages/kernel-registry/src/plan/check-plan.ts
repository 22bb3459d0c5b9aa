import {
  type DeviceModel,
  hostBuffers,
  layerOps,
  layoutElements,
  type ModelSpec,
  type Plan,
  type PlanBuffer,
  type PlanLaunch,
  type PlanSection,
  type PlanStep,
  type SectionName,
} from '@tilewright/spec';
import { bufferUses, isBuilt, type KernelBuilder, kernelBuilder } from './build-launch.ts';
import { bufferFaults } from './check-buffer.ts';
import { hostFaults } from './check-host-step.ts';
import { tapsInside } from './fused-ops.ts';

/**
 * Everything that keeps a plan from being lowered and run, one sentence each, with section and step in
 * front; empty when it holds together. Plans come from agents, skills and files: nothing is taken on trust.
 */
export function checkPlan(
  plan: Plan,
  device: DeviceModel,
  builder: KernelBuilder = kernelBuilder(device),
): readonly string[] {
  const faults: string[] = [];
  if (plan.device !== device.id) faults.push(`the plan was made for ${plan.device}, and the target is ${device.id}`);
  for (const field of ['prefillLength', 'contextLength'] as const) {
    const value = plan[field];
    if (!Number.isInteger(value) || value < 1) faults.push(`${field} is ${value}, and must be a whole number above 0`);
  }
  for (const name of ['prefill', 'decode', 'head'] as const) faults.push(...sectionFaults(plan, name, builder));
  return faults;
}

function sectionFaults(plan: Plan, name: SectionName, builder: KernelBuilder): string[] {
  const section = plan.sections[name];
  const steps = [...section.once, ...section.layer];
  const launches = steps.flatMap((step) => (step.kind === 'dispatch' ? step.launches : []));
  const faults = [
    ...repeated(section.buffers.map((buffer) => buffer.id)).map((id) => `two buffers are called ${id}`),
    ...repeated(steps.map((step) => step.id)).map((id) => `two steps are called ${id}`),
    ...repeated(launches.map((launch) => launch.id)).map((id) => `two launches are called ${id}`),
    ...residualFaults(section, name),
  ];
  const buffers = new Map(section.buffers.map((buffer) => [buffer.id, buffer]));
  for (const buffer of section.buffers) {
    faults.push(...bufferFaults(buffer, name, plan).map((fault) => `buffer ${buffer.id}: ${fault}`));
  }
  const taps = new Set(name === 'head' ? ['logits'] : layerOps(plan.model).map((op) => op.output));
  for (const step of section.once) {
    faults.push(...onceFaults(step, buffers).map((fault) => `step ${step.id}: ${fault}`));
  }
  for (const step of steps) {
    if (step.kind === 'host') {
      const place = { section: name, part: section.once.includes(step) ? 'once' : 'layer' } as const;
      const found = hostFaults(step.operation, place, buffers, plan.model);
      faults.push(...found.map((fault) => `step ${step.id}: ${fault}`));
      continue;
    }
    if (step.launches.length === 0) faults.push(`step ${step.id}: it has no launch`);
    for (const launch of step.launches) {
      const found = [
        ...launchFaults(launch, section, buffers, taps, builder),
        ...insideFaults(launch, buffers, plan.model),
      ];
      faults.push(...found.map((fault) => `step ${step.id}, launch ${launch.id}: ${fault}`));
    }
  }
  return faults.map((fault) => `${name}: ${fault}`);
}

/** What runs once belongs to no layer, and finds no buffer of one. */
function onceFaults(step: PlanStep, buffers: ReadonlyMap<string, PlanBuffer>): string[] {
  const { reads, writes } =
    step.kind === 'host'
      ? hostBuffers(step.operation)
      : { reads: step.launches.flatMap(({ arguments: bound }) => Object.values(bound)), writes: [] };
  return [...reads, ...writes]
    .filter((id) => buffers.get(id)?.scope === 'layer')
    .map((id) => `it runs once, and ${id} is of each layer`);
}

function residualFaults(section: PlanSection, name: SectionName): string[] {
  if (name === 'head') {
    const faults = section.residual === null ? [] : ['the head has no residual stream, and names one'];
    return section.layer.length === 0 ? faults : [...faults, 'the head runs once, and has steps for each layer'];
  }
  const residual = section.buffers.find((buffer) => buffer.id === section.residual);
  if (residual === undefined) return [`the residual stream is in ${section.residual}, which is no buffer`];
  return residual.content.kind === 'activation' ? [] : [`the residual stream's buffer holds ${residual.content.kind}`];
}

function launchFaults(
  launch: PlanLaunch,
  section: PlanSection,
  buffers: ReadonlyMap<string, PlanBuffer>,
  taps: ReadonlySet<string>,
  builder: KernelBuilder,
): string[] {
  const faults: string[] = [];
  if (launch.computes !== null && !taps.has(launch.computes)) {
    faults.push(`it says that it computes ${launch.computes}, which is no tap of the section`);
  }
  const kernel = builder.build(launch.kernel);
  if (!isBuilt(kernel)) return [...faults, ...kernel];
  const known = new Set(kernel.arguments.map((argument) => argument.name));
  for (const name of Object.keys(launch.arguments)) {
    if (!known.has(name)) faults.push(`${launch.kernel.name} has no argument ${name}`);
  }
  for (const { buffer: id, argument } of bufferUses(launch, kernel)) {
    if (id === undefined) {
      faults.push(`argument ${argument.name} is not bound to a buffer`);
      continue;
    }
    const buffer = buffers.get(id);
    if (buffer === undefined) {
      faults.push(`argument ${argument.name} is bound to ${id}, which is no buffer of the section`);
      continue;
    }
    const elements = layoutElements(buffer.layout);
    if (elements !== argument.elements) {
      faults.push(`argument ${argument.name} has ${argument.elements} elements, and its buffer ${id} has ${elements}`);
    }
    if (buffer.format !== argument.format) {
      faults.push(`argument ${argument.name} is ${argument.format}, and its buffer ${id} is ${buffer.format}`);
    }
  }
  if (launch.computes !== null && faults.length === 0) {
    const written = bufferUses(launch, kernel).filter(({ argument }) => argument.access !== 'read');
    const holds = written.some(({ buffer: id }) => {
      const content = buffers.get(id)?.content;
      const residual = id === section.residual && launch.computes === 'output';
      return residual || (content?.kind === 'activation' && content.tap === launch.computes);
    });
    if (!holds) faults.push(`it says that it computes ${launch.computes}, and writes no buffer that holds it`);
  }
  return faults;
}

/**
 * A launch keeps to itself what its kernel has inside, no more and no less, and takes the weights of all of it: gates
 * do not look for what is inside a kernel.
 */
function insideFaults(
  { kernel, computes, inside = [], arguments: bound }: PlanLaunch,
  buffers: ReadonlyMap<string, PlanBuffer>,
  model: ModelSpec,
): string[] {
  const has = kernel.origin === 'registry' ? tapsInside(kernel.name, computes, model) : [];
  if (has === null) return [`${kernel.name} does not compute ${computes}`];
  if (has.join() !== inside.join()) {
    const said = inside.length === 0 ? 'nothing' : inside.join(', ');
    return [`it says that it keeps ${said} to itself, and ${kernel.name} has ${has.join(', ') || 'nothing'} inside`];
  }
  const taken = new Set(
    Object.values(bound).flatMap((id): (string | undefined)[] => {
      const content = buffers.get(id)?.content;
      if (content?.kind === 'matrix') return [content.weight, content.interleavedWith];
      return content?.kind === 'vector' ? [content.weight] : [];
    }),
  );
  return layerOps(model)
    .filter(({ output }) => inside.includes(output))
    .flatMap(({ output, weights }) =>
      weights
        .filter((weight) => !taken.has(weight))
        .map((weight) => `it has ${output} inside and does not take its ${weight}`),
    );
}

function repeated(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}

import { applyEdits, bestDeviceRole, bufferUses, KERNELS } from '@tilewright/kernel-registry';
import {
  BYTES_PER_ELEMENT,
  type DispatchStep,
  type HostStep,
  type KernelConfig,
  layoutElements,
  type Match,
  type OptimizationSkill,
  type PlanBuffer,
  type PlanEdit,
  type PlanLaunch,
  type Proposal,
  type RegistryKernel,
  type SectionName,
  type Situation,
} from '@tilewright/spec';
import { loweredOrNull, megabytes, profileEvidence, sectionsOf } from '../situation/situation-evidence.ts';
import { SKILL_DOC } from './skill-doc.ts';

const ID = 'layout-alignment';
const KERNEL = 'flash-attention';
/** Takes heads of any width in one tile, for the few shapes that it was built for. */
const TEMPORAL = 'temporal-attention';

/** A transposition on the host beside the attention, and the argument that it is there for. */
interface Transposition {
  readonly step: HostStep;
  readonly argument: string;
  /** The buffer on the attention's side, heads first. */
  readonly aligned: PlanBuffer;
  /** The one that all others use, sequence first. */
  readonly plain: PlanBuffer;
}

interface Place {
  readonly section: SectionName;
  readonly part: 'once' | 'layer';
  readonly launch: PlanLaunch;
  /** The kernel in its place, sequence first. */
  readonly kernel: RegistryKernel;
  readonly transpositions: readonly Transposition[];
}

/** Lets the attention read and write the layout that its neighbours have, so that the host need not transpose. */
export const layoutAlignment: OptimizationSkill = {
  specificationVersion: 'v1',
  kind: 'optimization',
  id: ID,
  doc: SKILL_DOC,
  match(situation): readonly Match[] {
    return placesOf(situation).map((place) => ({
      skill: ID,
      subject: subjectOf(place),
      evidence: [
        `${place.transpositions.map(({ step }) => step.id).join(', ')} transpose ${megabytes(transposedBytes(place.transpositions))} on the host around ${place.launch.id}, ${situation.plan.model.layers} times per pass.`,
        `${place.kernel.name} has a legal sequence-first configuration at this shape.`,
        ...profileEvidence(situation, place.section),
      ],
    }));
  },
  propose(situation, match): Proposal {
    const place = placesOf(situation).find((one) => subjectOf(one) === match.subject);
    if (place === undefined) throw new TypeError(`${match.subject} is no match of this situation`);
    const { section, part, launch, kernel, transpositions } = place;
    const edits: PlanEdit[] = [{ kind: 'set-kernel', section, launch: launch.id, kernel }];
    for (const { step, argument, plain } of transpositions) {
      edits.push({ kind: 'bind-argument', section, launch: launch.id, argument, buffer: plain.id });
      edits.push({ kind: 'remove-step', section, part, step: step.id });
    }
    for (const { aligned: buffer } of transpositions) edits.push({ kind: 'remove-buffer', section, buffer: buffer.id });
    edits.push(...rolesAfter(situation, section, edits, transpositions));
    const { host } = situation.device;
    const times = part === 'layer' ? situation.plan.model.layers : 1;
    const perPass =
      transpositions.length * host.stepUs + (transposedBytes(transpositions) * 1e6) / host.transposeBytesPerSecond;
    return {
      id: `${ID}:${section}-${launch.id}`,
      skill: ID,
      summary: `Let ${launch.id} of ${section} work sequence first, without ${transpositions.length} transpositions on the host.`,
      edits,
      expectedGainUs: times * perPass,
      safety:
        kernel.name === KERNEL
          ? 'The sequence-first kernel does the same arithmetic on the same cores; only the access patterns at the shim differ.'
          : 'The kernel computes the same attention with the same products; it walks the keys in time, so that no partial results are merged and roundings differ.',
    };
  },
};

/** A change of kernel is said, so that one may want the change of layout only. */
function subjectOf({ section, launch, kernel }: Place): string {
  return `${section} ${launch.id}${kernel.name === KERNEL ? '' : ` as ${kernel.name}`}`;
}

/**
 * New roles for buffers that live on the device: what a host step wrote there is now written by a dispatch, and
 * what a host step read is perhaps read by none any more.
 */
function rolesAfter(
  { plan, device }: Situation,
  section: SectionName,
  edits: readonly PlanEdit[],
  transpositions: readonly Transposition[],
): readonly PlanEdit[] {
  const after = applyEdits(plan, edits);
  const lowered = loweredOrNull(after, device);
  if (lowered === null) return [];
  const changed = new Set(transpositions.map(({ plain }) => plain.id));
  return bufferUses(after, lowered, section).flatMap((uses): PlanEdit[] => {
    const { id: buffer, residency, role: before } = uses.buffer;
    if (!changed.has(buffer) || residency === 'host') return [];
    const role = bestDeviceRole(uses, device.host);
    if (role === before) return [];
    return [
      role === null
        ? { kind: 'set-residency', section, buffer, residency: 'host', role: before }
        : { kind: 'set-residency', section, buffer, residency, role },
    ];
  });
}

function transposedBytes(transpositions: readonly Transposition[]): number {
  return transpositions.reduce(
    (sum, { aligned }) => sum + layoutElements(aligned.layout) * BYTES_PER_ELEMENT[aligned.format],
    0,
  );
}

function placesOf(situation: Situation): readonly Place[] {
  const { plan } = situation;
  return sectionsOf(situation).flatMap((section) =>
    (['once', 'layer'] as const).flatMap((part) =>
      plan.sections[section][part]
        .filter((step): step is DispatchStep => step.kind === 'dispatch')
        .flatMap(({ launches }) => launches)
        .flatMap((launch) => placeOf(situation, section, part, launch) ?? []),
    ),
  );
}

function placeOf(situation: Situation, section: SectionName, part: 'once' | 'layer', launch: PlanLaunch): Place | null {
  const { kernel } = launch;
  if (kernel.origin !== 'registry' || kernel.name !== KERNEL || kernel.config.layout !== 'heads-first') return null;
  const transpositions = Object.entries(launch.arguments).map(([argument, buffer]) =>
    transpositionOf(situation, section, part, argument, buffer),
  );
  if (!transpositions.every((found) => found !== null)) return null;
  const width = (argument: string): number | undefined =>
    transpositions.find((found) => found.argument === argument)?.plain.layout.columns.total;
  const [queryWidth, keyValueWidth] = [width('q'), width('k')];
  if (queryWidth === undefined || keyValueWidth === undefined) return null;
  if (width('output') !== queryWidth || width('v') !== keyValueWidth) return null;
  const shape = { ...kernel.shape, queryWidth, keyValueWidth };
  const aligned = sequenceFirst(kernel, shape, situation);
  return aligned === null ? null : { section, part, launch, kernel: aligned, transpositions };
}

/** The present tiling sequence first where that is legal, else the kernel's best such configuration, else the other kernel. */
function sequenceFirst(
  kernel: RegistryKernel,
  shape: RegistryKernel['shape'],
  { device }: Situation,
): RegistryKernel | null {
  const basis = { kind: 'edited', by: ID } as const;
  const same: KernelConfig = { ...kernel.config, layout: 'sequence-first' };
  if (KERNELS.get(kernel.name)?.limits(shape, same, device).length === 0)
    return { ...kernel, shape, config: same, basis };
  for (const name of [KERNEL, TEMPORAL]) {
    const definition = KERNELS.get(name);
    for (const config of definition?.configurations(shape, device) ?? []) {
      if (definition === undefined || config.layout !== 'sequence-first') continue;
      return { ...kernel, name, version: definition.version, shape, config, basis };
    }
  }
  return null;
}

/** The host step that stands between an argument and its neighbours, if nothing else uses what it makes. */
function transpositionOf(
  { plan }: Situation,
  section: SectionName,
  part: 'once' | 'layer',
  argument: string,
  buffer: string,
): Transposition | null {
  const { buffers, once, layer } = plan.sections[section];
  const users = [...once, ...layer].filter((step) =>
    step.kind === 'dispatch'
      ? step.launches.some((launch) => Object.values(launch.arguments).includes(buffer))
      : Object.values(step.operation).flat().includes(buffer),
  );
  const step = plan.sections[section][part].find(
    (one): one is HostStep => one.kind === 'host' && one.operation.name === 'transpose' && users.includes(one),
  );
  // The attention and the transposition, and nobody else.
  if (step === undefined || users.length !== 2 || step.operation.name !== 'transpose') return null;
  const { input, output } = step.operation;
  const find = (id: string): PlanBuffer | undefined => buffers.find((one) => one.id === id);
  const [aligned, plain] = [find(buffer), find(input === buffer ? output : input)];
  if (aligned === undefined || plain === undefined || plain.layout.order !== 'sequence-first') return null;
  return { step, argument, aligned, plain };
}

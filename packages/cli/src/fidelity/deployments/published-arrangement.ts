import {
  applyEdits,
  bufferUses,
  isInternal,
  lowerPlan,
  PUBLISHED_ROWS,
  rowConfiguration,
} from '@tilewright/kernel-registry';
import { bufferObjectReuse, kernelFusion, layoutAlignment } from '@tilewright/skills-opt';
import type { DeviceModel, KernelReference, OptimizationSkill, Plan, PlanEdit, SectionName } from '@tilewright/spec';

/** The first and the last step of a layer that a published dispatch runs. */
interface Span {
  readonly first: string;
  readonly last: string;
}

/**
 * What the published deployments call their dispatches (facts/dataflows.md, 9), most specific first. Names differ in
 * their ending: `rms_gemms_rope`, `rms_qkv_bias_rope`, `rms_qkv_qknorm_rope_gemv` all run from the norm to the rotation.
 */
const SPANS: readonly (Span & { readonly name: RegExp })[] = [
  { name: /^rms_.*rope/, first: 'input_norm', last: 'k_rope' },
  { name: /^flash_attn/, first: 'attention', last: 'attention' },
  { name: /^o_(gemv_)?ffn_head/, first: 'o_proj', last: 'silu_mul' },
  { name: /^o_(gemv_)?ffn/, first: 'o_proj', last: 'output' },
  { name: /^o_res_norm/, first: 'o_proj', last: 'post_attention_norm' },
  { name: /^o(_gemv)?$/, first: 'o_proj', last: 'o_proj' },
  { name: /^gate_up/, first: 'gate_proj', last: 'up_proj' },
  { name: /^gate/, first: 'gate_proj', last: 'gate_proj' },
  { name: /^up/, first: 'up_proj', last: 'up_proj' },
  { name: /^swiglu/, first: 'silu_mul', last: 'silu_mul' },
  { name: /^down_add/, first: 'down_proj', last: 'output' },
  { name: /^down/, first: 'down_proj', last: 'down_proj' },
];

/** The steps that a published dispatch runs; null for a name that says nothing to us. */
export function publishedSpan(name: string): Span | null {
  return SPANS.find((span) => span.name.test(name)) ?? null;
}

/** Merges the steps of a layer into the dispatches of the given names; steps that none names stay alone. */
export function arranged(
  plan: Plan,
  section: 'prefill' | 'decode',
  dispatches: readonly string[],
  device: DeviceModel,
): Plan {
  return dispatches.reduce((before, name) => {
    const span = publishedSpan(name);
    const steps = span === null ? [] : stepsOf(before, section, span);
    if (steps.length < 2) return before;
    const into = spanDispatch(name);
    const merged = applyEdits(before, [{ kind: 'merge-dispatches', section, dispatches: steps, into }]);
    return keptWithin(merged, section, [new Set([into])], device);
  }, plan);
}

/** The id of the dispatch that runs a published one's steps. */
export function dispatchOf(plan: Plan, section: SectionName, name: string): string | null {
  const { layer } = plan.sections[section];
  const merged = layer.find(({ id }) => id === spanDispatch(name));
  if (merged !== undefined) return merged.id;
  const span = publishedSpan(name);
  return span !== null && span.first === span.last ? (layer.find(({ id }) => id === span.first)?.id ?? null) : null;
}

function spanDispatch(name: string): string {
  return name.replace(/\s.*$/, '');
}

function stepsOf(plan: Plan, section: SectionName, { first, last }: Span): readonly string[] {
  const { layer } = plan.sections[section];
  // With a bias a projection is two steps, of which the first has a name of its own.
  const from = layer.findIndex(({ id }) => id === first || id.startsWith(`${first}.`));
  const to = layer.findLastIndex(({ id }) => id === last);
  if (from < 0 || to < from) return [];
  const steps = layer.slice(from, to + 1);
  return steps.every(({ kind }) => kind === 'dispatch') ? steps.map(({ id }) => id) : [];
}

/** What only the steps of one group touch stays on the device. */
function keptWithin(
  plan: Plan,
  section: SectionName,
  groups: readonly ReadonlySet<string>[],
  device: DeviceModel,
): Plan {
  const edits = bufferUses(plan, lowerPlan(plan, device), section).flatMap((uses): PlanEdit[] =>
    isInternal(uses) && groups.some((group) => uses.dispatches.every(({ step }) => group.has(step)))
      ? [{ kind: 'set-residency', section, buffer: uses.buffer.id, residency: 'device', role: 'intermediate' }]
      : [],
  );
  return applyEdits(plan, edits);
}

/**
 * What passes between dispatches goes through the host once: the published runner reads what it needs without a copy
 * and copies it into the next dispatch's buffer. Here the producer pays that copy; the sum is the same.
 */
export function passedOnce(plan: Plan, section: SectionName): Plan {
  const edits = plan.sections[section].buffers.flatMap((buffer): PlanEdit[] =>
    buffer.residency === 'host' && (buffer.content.kind === 'activation' || buffer.content.kind === 'rope-table')
      ? [{ kind: 'set-residency', section, buffer: buffer.id, residency: 'device', role: 'output' }]
      : [],
  );
  return applyEdits(plan, edits);
}

/** Everything that a skill proposes in a phase, of the subjects that a filter lets through. */
function proposals(
  plan: Plan,
  device: DeviceModel,
  skill: OptimizationSkill,
  phase: number,
  wanted: (subject: string) => boolean,
): Plan {
  const situation = { phase, plan, device, profile: null, failure: null };
  const match = skill.match(situation).find(({ subject }) => wanted(subject));
  if (match === undefined) return plan;
  const after = applyEdits(plan, skill.propose(situation, match).edits);
  return proposals(after, device, skill, phase, wanted);
}

/** Weights written once, in every section. */
export function weightsKept(plan: Plan, device: DeviceModel): Plan {
  return [4, 5].reduce(
    (before, phase) => proposals(before, device, bufferObjectReuse, phase, (subject) => subject.endsWith(' weights')),
    plan,
  );
}

/** The LM head as all published cells have it: its weights on the device. */
export function headKept(plan: Plan, device: DeviceModel): Plan {
  return proposals(plan, device, bufferObjectReuse, 5, (subject) => subject === 'head weights');
}

/** Attention that reads the layout of its neighbours, where the kernel can; another kernel is not what was published. */
export function sequenceFirst(plan: Plan, device: DeviceModel): Plan {
  return proposals(plan, device, layoutAlignment, 4, (subject) => !subject.includes(' as '));
}

/** What a producer and its consumers in one published group hand on stays on the device (cell C). */
export function groupsKept(
  plan: Plan,
  section: 'prefill' | 'decode',
  dispatches: readonly string[],
  device: DeviceModel,
): Plan {
  const groups = dispatches.map((name) => {
    const span = publishedSpan(name);
    return new Set(span === null ? [] : stepsOf(plan, section, span));
  });
  return keptWithin(plan, section, groups, device);
}

/** Decode as it was published since May 2026: residuals, norm and SwiGLU inside the GEMVs, where the kernels take the shapes. */
export function decodeFused(plan: Plan, device: DeviceModel): Plan {
  return proposals(plan, device, kernelFusion, 5, (subject) => subject.startsWith('decode '));
}

/**
 * Every GEMM of prefill as one launch, by the fastest published row of its shape that is one: the ablation is older
 * than the GEMMs that cast in a second launch. A shape without such a row stays as it is.
 */
export function oneLaunchPerGemm(plan: Plan): Plan {
  const { prefill } = plan.sections;
  const dropped = new Set<string>();
  const layer = prefill.layer.map((step) =>
    step.kind === 'host'
      ? step
      : {
          ...step,
          launches: step.launches.map((launch) => {
            const { scratch, ...others } = launch.arguments;
            const kernel = scratch === undefined ? null : singleLaunch(launch.kernel);
            if (kernel === null || scratch === undefined) return launch;
            dropped.add(scratch);
            return { ...launch, kernel, arguments: others };
          }),
        },
  );
  const buffers = prefill.buffers.filter(({ id }) => !dropped.has(id));
  return { ...plan, sections: { ...plan.sections, prefill: { ...prefill, layer, buffers } } };
}

function singleLaunch(kernel: KernelReference): KernelReference | null {
  if (kernel.origin !== 'registry') return null;
  const [fastest] = PUBLISHED_ROWS.map(rowConfiguration)
    .filter((known) => known !== null)
    .filter(
      ({ row, kernel: name, shape, stated, config }) =>
        name === kernel.name &&
        row.latency_us !== undefined &&
        row.group === 'registry' &&
        config.method !== 'fused-cast' &&
        stated.every((dimension) => shape[dimension] === kernel.shape[dimension]),
    )
    .toSorted((a, b) => (a.row.latency_us ?? 0) - (b.row.latency_us ?? 0));
  if (fastest === undefined) return null;
  return { ...kernel, config: fastest.config, basis: { kind: 'row', row: fastest.row.id } };
}

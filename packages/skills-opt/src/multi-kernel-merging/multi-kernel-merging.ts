import { applyEdits, bufferUses, isInternal, trafficOf } from '@tilewright/kernel-registry';
import type {
  DispatchStep,
  LoweredPlan,
  Match,
  OptimizationSkill,
  Plan,
  PlanEdit,
  PlanStep,
  Proposal,
  SectionName,
  Situation,
} from '@tilewright/spec';
import { loweredOrNull, profileEvidence, sectionsOf } from '../situation/situation-evidence.ts';
import { SKILL_DOC } from './skill-doc.ts';

const ID = 'multi-kernel-merging';

/** Launches in one dispatch: the most that a published deployment stitched (o_ffn of Llama-3.2-1B). */
const LAUNCHES_PER_DISPATCH = 12;

/** Attention is always a dispatch of its own in the published deployments: its compile time explodes otherwise. */
const ALONE: ReadonlySet<string> = new Set(['flash-attention']);

/** What a submission costs the host, in µs: published figure of 0.12 ms per dispatch. */
const SUBMISSION_US = 120;

interface Group {
  readonly section: SectionName;
  readonly part: 'once' | 'layer';
  readonly dispatches: readonly string[];
  readonly launches: number;
  readonly into: string;
}

/** Makes one dispatch of several that follow each other, and keeps what they hand on to each other on the device. */
export const multiKernelMerging: OptimizationSkill = {
  specificationVersion: 'v1',
  kind: 'optimization',
  id: ID,
  doc: SKILL_DOC,
  match(situation): readonly Match[] {
    return groupsOf(situation).map((group) => ({
      skill: ID,
      subject: subjectOf(group),
      evidence: [
        `${group.section}: ${group.dispatches.join(', ')} follow each other${group.part === 'layer' ? ' in every layer' : ''} without a host step between them.`,
        `${group.dispatches.length} submissions become one of ${group.launches} launches; at most ${LAUNCHES_PER_DISPATCH} have been stitched.`,
        ...profileEvidence(situation, group.section),
      ],
    }));
  },
  propose(situation, match): Proposal {
    const group = groupsOf(situation).find((one) => subjectOf(one) === match.subject);
    if (group === undefined) throw new TypeError(`${match.subject} is no match of this situation`);
    const { section, dispatches, into } = group;
    const edits: PlanEdit[] = [{ kind: 'merge-dispatches', section, dispatches, into }];
    for (const buffer of handedOn(situation, group)) {
      edits.push({ kind: 'set-residency', section, buffer, residency: 'device', role: 'intermediate' });
    }
    return {
      id: `${ID}:${section}-${into}`,
      skill: ID,
      summary: `Run ${dispatches.join(', ')} of ${section} as one dispatch, with ${edits.length - 1} intermediates on the device.`,
      edits,
      expectedGainUs: gainUs(situation, group, edits),
      safety:
        'Launches of a dispatch run strictly in order, so each still reads what the one before wrote; the intermediates are written whole before they are read, and nobody else reads them.',
    };
  },
};

function subjectOf({ section, into }: Group): string {
  return `${section} ${into}`;
}

function groupsOf(situation: Situation): readonly Group[] {
  const { plan, device } = situation;
  const lowered = loweredOrNull(plan, device);
  if (lowered === null) return [];
  return sectionsOf(situation).flatMap((section) =>
    (['once', 'layer'] as const).flatMap((part) => groupsIn(plan, lowered, section, part)),
  );
}

/** The longest runs of dispatches that may be merged, cut where a dispatch would get too many launches. */
function groupsIn(plan: Plan, lowered: LoweredPlan, section: SectionName, part: 'once' | 'layer'): readonly Group[] {
  const groups: Group[] = [];
  let run: DispatchStep[] = [];
  let launches = 0;
  const finish = (): void => {
    const [first, last] = [run[0], run.at(-1)];
    if (first !== undefined && last !== undefined && run.length > 1) {
      groups.push({ section, part, dispatches: run.map(({ id }) => id), launches, into: `${first.id}_to_${last.id}` });
    }
    run = [];
    launches = 0;
  };
  for (const step of plan.sections[section][part]) {
    if (!mayMerge(step)) {
      finish();
      continue;
    }
    const program = lowered.dispatches.find((one) => one.section === section && one.step === step.id)?.program;
    const more = program?.launches.length ?? step.launches.length;
    if (launches + more > LAUNCHES_PER_DISPATCH) finish();
    run.push(step);
    launches += more;
  }
  finish();
  return groups;
}

function mayMerge(step: PlanStep): step is DispatchStep {
  return step.kind === 'dispatch' && !step.launches.some(({ kernel }) => ALONE.has(kernel.name));
}

/** Buffers that only dispatches of the group touch, and that are not on the device as intermediates already. */
function handedOn({ plan, device }: Situation, { section, dispatches }: Group): readonly string[] {
  const lowered = loweredOrNull(plan, device);
  if (lowered === null) return [];
  return bufferUses(plan, lowered, section)
    .filter(
      (uses) =>
        isInternal(uses) &&
        uses.dispatches.every(({ step }) => dispatches.includes(step)) &&
        !(uses.buffer.residency === 'device' && uses.buffer.role === 'intermediate'),
    )
    .map(({ buffer }) => buffer.id);
}

/** Fewer submissions and less traffic; what launches of one dispatch cost each other is for the target to say. */
function gainUs(situation: Situation, group: Group, edits: readonly PlanEdit[]): number {
  const { plan, device } = situation;
  const times = group.part === 'layer' ? plan.model.layers : 1;
  const submissions = SUBMISSION_US * (group.dispatches.length - 1) * times;
  return (
    submissions +
    trafficUs(plan, situation, group.section) -
    trafficUs(applyEdits(plan, edits), situation, group.section)
  );

  function trafficUs(of: Plan, { device: { host } }: Situation, section: SectionName): number {
    const lowered = loweredOrNull(of, device);
    return lowered === null ? 0 : trafficOf(bufferUses(of, lowered, section), host).us;
  }
}

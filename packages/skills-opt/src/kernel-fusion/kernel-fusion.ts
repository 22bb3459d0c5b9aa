import { applyEdits, bufferUses, trafficOf } from '@tilewright/kernel-registry';
import type { Match, OptimizationSkill, PlanEdit, Proposal, Situation } from '@tilewright/spec';
import { loweredOrNull, profileEvidence } from '../situation/situation-evidence.ts';
import { type Fusion, fusionsOf } from './fusions.ts';
import { SKILL_DOC } from './skill-doc.ts';

const ID = 'kernel-fusion';

/** What a launch of a decode dispatch costs beside its work, in µs: a fit on published decode times (timing-notes.md). */
const LAUNCH_US = 89;

/** Puts one kernel of several ops in the place of the launches of these ops, where the registry has one. */
export const kernelFusion: OptimizationSkill = {
  specificationVersion: 'v1',
  kind: 'optimization',
  id: ID,
  doc: SKILL_DOC,
  match(situation): readonly Match[] {
    return fusionsOf(situation, ID).map((fusion) => ({
      skill: ID,
      subject: subjectOf(fusion),
      evidence: [
        `${fusion.launches.join(', ')} follow each other in every layer of ${fusion.section}, and what is between them nobody else reads.`,
        `${fusion.into.kernel.name} computes ${fusion.into.computes} with ${fusion.into.inside?.join(', ')} inside, and is legal at this shape.`,
        ...profileEvidence(situation, fusion.section),
      ],
    }));
  },
  propose(situation, match): Proposal {
    const fusion = fusionsOf(situation, ID).find((one) => subjectOf(one) === match.subject);
    if (fusion === undefined) throw new TypeError(`${match.subject} is no match of this situation`);
    const { section, launches, into, added, removed } = fusion;
    const edits: PlanEdit[] = [
      ...added.map((buffer): PlanEdit => ({ kind: 'add-buffer', section, buffer })),
      { kind: 'fuse-launches', section, launches, into },
      ...removed.map((buffer): PlanEdit => ({ kind: 'remove-buffer', section, buffer })),
    ];
    return {
      id: `${ID}:${section}-${into.id}`,
      skill: ID,
      summary: `Compute ${launches.join(', ')} of ${section} in one launch of ${into.kernel.name}.`,
      edits,
      expectedGainUs: gainUs(situation, fusion, edits),
      safety:
        'The kernel is made of the same ops on the same weights, and nothing else reads the values that it keeps to itself; the gate compares what it computes with the composition of these ops.',
    };
  },
};

function subjectOf({ section, into }: Fusion): string {
  return `${section} ${into.id}`;
}

/** The launches that are gone, and the traffic of what was between them. */
function gainUs(situation: Situation, { section, launches }: Fusion, edits: readonly PlanEdit[]): number {
  const { plan, device } = situation;
  const trafficUs = (of: Situation['plan']): number => {
    const lowered = loweredOrNull(of, device);
    return lowered === null ? 0 : trafficOf(bufferUses(of, lowered, section), device.host).us;
  };
  const gone = LAUNCH_US * (launches.length - 1) * plan.model.layers;
  return gone + trafficUs(plan) - trafficUs(applyEdits(plan, edits));
}

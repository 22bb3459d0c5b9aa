import { type BufferUses, bestDeviceRole, bufferUses, isWeight, traffic } from '@tilewright/kernel-registry';
import type {
  BufferRole,
  HostModel,
  Match,
  OptimizationSkill,
  Proposal,
  SectionName,
  Situation,
} from '@tilewright/spec';
import { loweredOrNull, megabytes, profileEvidence, sectionsOf } from '../situation/situation-evidence.ts';
import { SKILL_DOC } from './skill-doc.ts';

const ID = 'buffer-object-reuse';

/** What moves to the device, in two groups: their gains and risks differ, so they are tried apart. */
type Group = 'weights' | 'activations';

const SINGULAR: Readonly<Record<Group, string>> = { weights: 'weight', activations: 'activation' };

interface Move {
  readonly uses: BufferUses;
  readonly role: BufferRole;
  readonly gainUs: number;
}

/** Keeps weights and values that dispatches hand to each other in buffer objects on the device. */
export const bufferObjectReuse: OptimizationSkill = {
  specificationVersion: 'v1',
  kind: 'optimization',
  id: ID,
  doc: SKILL_DOC,
  match(situation): readonly Match[] {
    const { device } = situation;
    return sectionsOf(situation).flatMap((section) =>
      (['weights', 'activations'] as const).flatMap((group): Match[] => {
        const moves = movesOf(situation, section, group);
        if (moves.length === 0) return [];
        const now = moves.map(({ uses }) => traffic(uses, uses.buffer, device.host));
        const copies = now.reduce((sum, one) => sum + one.copies, 0);
        const syncs = now.reduce((sum, one) => sum + one.syncs, 0);
        const bytes = now.reduce((sum, one) => sum + one.bytes, 0);
        return [
          {
            skill: ID,
            subject: `${section} ${group}`,
            evidence: [
              `One pass of ${section} copies ${megabytes(bytes)} in ${copies} copies and ${syncs} syncs for ${moves.length} buffers that can stay on the device.`,
              ...largest(moves, device.host),
              ...profileEvidence(situation, section),
            ],
          },
        ];
      }),
    );
  },
  propose(situation, match): Proposal {
    const [section, group] = match.subject.split(' ') as [SectionName, Group];
    const moves = movesOf(situation, section, group);
    const gainUs = moves.reduce((sum, move) => sum + move.gainUs, 0);
    return {
      id: `${ID}:${section}-${group}`,
      skill: ID,
      summary: `Keep ${moves.length} ${moves.length === 1 ? SINGULAR[group] : group} of ${section} on the device.`,
      edits: moves.map(({ uses, role }) => ({
        kind: 'set-residency',
        section,
        buffer: uses.buffer.id,
        residency: 'device',
        role,
      })),
      expectedGainUs: gainUs > 0 ? gainUs : null,
      safety:
        group === 'weights'
          ? 'No launch writes these buffers, and their contents are the same in every pass.'
          : 'What no host step touches is written whole by a dispatch before any dispatch reads it; what host steps touch is still copied wherever one side needs what the other wrote.',
    };
  },
};

function movesOf(situation: Situation, section: SectionName, group: Group): readonly Move[] {
  const { plan, device } = situation;
  const lowered = loweredOrNull(plan, device);
  if (lowered === null) return [];
  return bufferUses(plan, lowered, section).flatMap((uses): Move[] => {
    if (uses.dispatches.length === 0 || isWeight(uses) !== (group === 'weights')) return [];
    const role = bestDeviceRole(uses, device.host);
    if (role === null) return [];
    const gainUs =
      traffic(uses, uses.buffer, device.host).us - traffic(uses, { residency: 'device', role }, device.host).us;
    return gainUs > 0 ? [{ uses, role, gainUs }] : [];
  });
}

/** The two buffers that move most. */
function largest(moves: readonly Move[], host: HostModel): readonly string[] {
  return [...moves]
    .sort((a, b) => b.gainUs - a.gainUs)
    .slice(0, 2)
    .map(({ uses, role }) => {
      const now = traffic(uses, uses.buffer, host);
      const dispatches = uses.dispatches.map(({ step }) => step).join(', ');
      return `${uses.buffer.id} (${megabytes(uses.bytes)}, used by ${dispatches}) is copied ${now.copies} times; as ${role} on the device, ${traffic(uses, { residency: 'device', role }, host).copies} times.`;
    });
}

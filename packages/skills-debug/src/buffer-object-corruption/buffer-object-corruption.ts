import { type BufferUses, bestDeviceRole, bufferUses, isWeight } from '@tilewright/kernel-registry';
import type { DebugSkill, Finding, Match, PlanEdit, SectionName, Situation } from '@tilewright/spec';
import { loweredOrNull } from '../failure/failing-launch.ts';
import { gateEvidence, numericGateReport } from '../failure/numeric-gate.ts';
import { SKILL_DOC } from './skill-doc.ts';

const ID = 'buffer-object-corruption';

const SECTIONS: readonly SectionName[] = ['prefill', 'decode', 'head'];

/** A buffer whose role on the device does not allow what is done to it. */
interface Corruption {
  readonly section: SectionName;
  readonly uses: BufferUses;
  readonly cause: string;
  readonly facts: readonly string[];
  readonly edit: PlanEdit;
}

/** Finds buffers that stay on the device under a role that is not true: written when `static`, stale when the host needs them. */
export const bufferObjectCorruption: DebugSkill = {
  specificationVersion: 'v1',
  kind: 'debug',
  id: ID,
  doc: SKILL_DOC,
  match(situation): readonly Match[] {
    return corruptions(situation).map(({ section, uses, facts }) => ({
      skill: ID,
      subject: `${section} ${uses.buffer.id}`,
      evidence: facts,
    }));
  },
  diagnose(situation, match): Finding {
    const found = corruptions(situation).find(({ section, uses }) => `${section} ${uses.buffer.id}` === match.subject);
    if (found === undefined) throw new TypeError(`${match.subject} is no match of this situation`);
    const report = numericGateReport(situation);
    return {
      skill: ID,
      cause: found.cause,
      evidence: [...found.facts, ...(report === null ? [] : gateEvidence(report))],
      edits: [found.edit],
    };
  },
};

function corruptions(situation: Situation): readonly Corruption[] {
  const { plan, device } = situation;
  // A gate that found only shapes or missing work wrong is about something else.
  const lowered = numericGateReport(situation) === null ? null : loweredOrNull(plan, device);
  if (lowered === null) return [];
  return SECTIONS.flatMap((section) =>
    bufferUses(plan, lowered, section).flatMap((uses) => corruptionOf(situation, section, uses) ?? []),
  );
}

function corruptionOf(situation: Situation, section: SectionName, uses: BufferUses): Corruption | null {
  const { buffer, dispatches, hostReads, hostWrites, residual } = uses;
  if (buffer.residency !== 'device' || dispatches.length === 0) return null;
  const writers = dispatches.filter(({ writes }) => writes).map(({ step }) => `${section}/${step}`);
  const makers = hostWrites.map(({ step }) => `host step ${step}`);
  const readers = [...hostReads.map(({ step }) => `host step ${step}`), ...(residual ? ['the head'] : [])];
  const correction = (cause: string, ...facts: string[]): Corruption => ({
    section,
    uses,
    cause,
    facts,
    edit: cure(situation, section, uses),
  });
  const is = `${buffer.id} of ${section} stays on the device as ${buffer.role}`;
  switch (buffer.role) {
    case 'static':
      if (writers.length > 0) {
        return correction(
          `${buffer.id} is static, so it is copied in once, and ${writers.join(', ')} writes it: from the second use on it holds something else.`,
          `${is}: it is copied in on its first use only.`,
          `${writers.join(', ')} writes it, so the first pass is right and later ones are not.`,
        );
      }
      if (makers.length > 0 || !isWeight(uses)) {
        const made = makers.length > 0 ? makers.join(', ') : 'each pass';
        return correction(
          `${buffer.id} is static, so it is copied in once, and ${made} makes it anew: later passes compute with the first one's value.`,
          `${is}: it is copied in on its first use only.`,
          `${made} gives it a new value, which never reaches the device.`,
        );
      }
      return null;
    case 'intermediate':
      if (makers.length > 0 || readers.length > 0) {
        return correction(
          `${buffer.id} is intermediate, so it is never copied, and ${[...makers, ...readers].join(', ')} needs it on the host.`,
          `${is}: it is never copied in or back.`,
          `${[...makers, ...readers].join(', ')} works on the host's copy, which is another.`,
        );
      }
      return null;
    case 'input':
      if (writers.length > 0) {
        return correction(
          `${buffer.id} is input, so an old copy from the host replaces what ${writers.join(', ')} wrote before the next dispatch reads it.`,
          `${is}: it is copied in before each dispatch that names it, and never back.`,
          `${writers.join(', ')} writes it.`,
        );
      }
      return null;
    case 'output':
      return null;
  }
}

/** The role that is true; a weight that is overwritten is brought again each time, and what fits no role goes to the host. */
function cure({ device }: Situation, section: SectionName, uses: BufferUses): PlanEdit {
  const { id: buffer, role: before } = uses.buffer;
  const role = isWeight(uses) ? 'input' : bestDeviceRole(uses, device.host);
  return role === null
    ? { kind: 'set-residency', section, buffer, residency: 'host', role: before }
    : { kind: 'set-residency', section, buffer, residency: 'device', role };
}

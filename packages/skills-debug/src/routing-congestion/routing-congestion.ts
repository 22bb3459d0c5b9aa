import type { BuiltKernel } from '@tilewright/kernel-registry';
import type { DebugSkill, Diagnostic, DiagnosticCode, Finding, Launch, Match, Situation } from '@tilewright/spec';
import { planLaunch } from '../failure/failing-launch.ts';
import { otherConfiguration } from '../failure/other-configuration.ts';
import { SKILL_DOC } from './skill-doc.ts';

const ID = 'routing-congestion';

/** Limits that have to do with how many streams there are, and where. */
const CODES: ReadonlySet<DiagnosticCode> = new Set<DiagnosticCode>([
  'routing-congested',
  'shim-channels-exceeded',
  'memtile-channels-exceeded',
  'core-channels-exceeded',
]);

/** Names the column and the streams that do not fit, and finds a configuration with fewer of them. */
export const routingCongestion: DebugSkill = {
  specificationVersion: 'v1',
  kind: 'debug',
  id: ID,
  doc: SKILL_DOC,
  match(situation): readonly Match[] {
    return [...congested(situation)].map(([subject, diagnostics]) => ({
      skill: ID,
      subject,
      evidence: diagnostics.map(evidenceOf),
    }));
  },
  diagnose(situation, match): Finding {
    const diagnostics = congested(situation).get(match.subject);
    const [first] = diagnostics ?? [];
    if (first === undefined) throw new TypeError(`${match.subject} is no match of this situation`);
    const launch = planLaunch(situation.plan, first.dispatch, first.launch);
    const edit = launch === undefined ? null : otherConfiguration(launch, situation.device, ID, hasFewerStreams);
    const authored = launch?.launch.kernel.origin === 'authored';
    return {
      skill: ID,
      cause: causeOf(first),
      evidence: [
        ...(diagnostics ?? []).map(evidenceOf),
        ...(authored ? [`The kernel is authored: ${first.cure}`] : []),
        ...(launch !== undefined && !authored && edit === null
          ? ['The kernel has no legal configuration with fewer streams at this shape.']
          : []),
      ],
      edits: edit === null ? [] : [edit],
    };
  },
};

/** Diagnostics about streams by the launch that they are about. */
function congested({ failure }: Situation): ReadonlyMap<string, readonly Diagnostic[]> {
  const groups = new Map<string, Diagnostic[]>();
  if (failure?.kind !== 'compile') return groups;
  for (const diagnostic of failure.diagnostics) {
    if (!CODES.has(diagnostic.code)) continue;
    const subject = `${diagnostic.dispatch} ${diagnostic.launch}`;
    const group = groups.get(subject);
    if (group === undefined) groups.set(subject, [diagnostic]);
    else group.push(diagnostic);
  }
  return groups;
}

function causeOf({ code, dispatch, launch, place, needed, available, unit, resource }: Diagnostic): string {
  const where = place === null ? 'over the whole array' : `in column ${place.column}`;
  const what = code === 'routing-congested' ? 'Too many streams' : 'Too many DMA channels are wanted';
  return `${what} ${where}: ${launch} of ${dispatch} wants ${needed} ${unit} where there are ${available} (${resource}).`;
}

function evidenceOf({ message, needed, available, unit, resource }: Diagnostic): string {
  return `${message} (${resource}: ${needed} of ${available} ${unit})`;
}

/** Fewer streams enter and leave the array, or as many reach fewer cores. */
function hasFewerStreams(candidate: BuiltKernel, present: BuiltKernel | null): boolean {
  if (present === null) return true;
  return mostStreams(candidate) < mostStreams(present);
}

function mostStreams({ launches }: BuiltKernel): number {
  return Math.max(...launches.map(streamsOf));
}

/** Streams of a launch: every index of every channel. */
function streamsOf({ channels }: Launch): number {
  return channels.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
}

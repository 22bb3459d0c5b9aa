import { checkProgram } from '@tilewright/kernel-registry';
import type { DebugSkill, Failure, FaultDump, Finding, Match, Situation } from '@tilewright/spec';
import { type FailingLaunch, launchesOf, loweredDispatch, planLaunch } from '../failure/failing-launch.ts';
import { otherConfiguration } from '../failure/other-configuration.ts';
import { oddLoopFinding, oddLoopMatches } from './odd-loop-finding.ts';
import { SKILL_DOC } from './skill-doc.ts';
import { stuckChannels } from './stuck-channels.ts';

const ID = 'runtime-failure';

/** How many waiting actors are quoted: 32 cores say the same. */
const QUOTED_ACTORS = 4;

type RuntimeFailure = Failure & { readonly kind: 'runtime' };

/**
 * Reads the dump of a dispatch that hangs: who waits on a channel, and why nothing comes. Where a gate
 * found wrong numbers without any fault, it looks for cores that are out of step with their DMA.
 */
export const runtimeFailure: DebugSkill = {
  specificationVersion: 'v1',
  kind: 'debug',
  id: ID,
  doc: SKILL_DOC,
  match(situation): readonly Match[] {
    const { failure } = situation;
    if (failure?.kind === 'gate') return oddLoopMatches(ID, situation);
    if (failure?.kind !== 'runtime' || failure.fault !== 'timeout') return [];
    const waiting = failure.dump.actors.filter(({ state }) => state === 'waiting');
    if (waiting.length === 0) return [];
    return [
      {
        skill: ID,
        subject: failure.dispatch,
        evidence: [
          `${failure.dispatch} made no progress: ${waiting.length} of ${failure.dump.actors.length} actors wait.`,
          ...quoted(failure.dump),
        ],
      },
    ];
  },
  diagnose(situation, match): Finding {
    const { failure } = situation;
    const outOfStep = oddLoopFinding(ID, situation, match);
    if (outOfStep !== null) return outOfStep;
    if (failure?.kind !== 'runtime') throw new TypeError(`${match.subject} is no match of this situation`);
    const stuck = stuckChannels(failure.dump);
    const faults = programFaults(situation, failure);
    // Behind a channel whose puts and gets do not agree, others run dry as well.
    const named = stuck.find(({ channel }) => faults.some((fault) => fault.includes(`${baseName(channel)},`)));
    const [first] = stuck;
    const root = first?.kind === 'no-producer' || first?.kind === 'no-consumer' ? first : (named ?? first);
    const others = stuck.filter((one) => one !== root);
    const program = programEvidence(situation, failure, faults, root?.channel ?? null);
    const launch = program.launch ?? onlyLaunch(situation, failure);
    const place = launch === null ? failure.dispatch : `launch ${launch.launch.id} of ${failure.dispatch}`;
    const edit =
      launch === null || root === undefined ? null : otherConfiguration(launch, situation.device, ID, () => true);
    return {
      skill: ID,
      cause: lostTasks(failure) ?? (root === undefined ? locksInACircle(failure) : `${root.sentence} (${place}).`),
      evidence: [
        ...(root === undefined ? [] : [root.evidence]),
        ...chainEvidence(failure.dump),
        ...program.faults,
        ...others.slice(0, 3).map((one) => `Then also: ${one.evidence}`),
        ...quoted(failure.dump),
        ...(launch?.launch.kernel.origin === 'authored'
          ? [`The kernel ${launch.launch.kernel.name} was brought as data; its Program has to be corrected.`]
          : []),
      ],
      edits: edit === null ? [] : [edit],
    };
  },
};

/** A shim channel whose tasks were lost explains everyone who waits for its data; null where there is none. */
function lostTasks({ dispatch, dump }: RuntimeFailure): string | null {
  const lost = dump.actors.find(({ waitsOn }) => waitsOn?.includes('pushed to a full queue'));
  if (lost === undefined) return null;
  return `The instruction stream of ${dispatch} pushes more tasks to ${lost.actor} than its queue holds, and the rest is lost.`;
}

function locksInACircle({ dispatch }: RuntimeFailure): string {
  return `Nobody in ${dispatch} waits on a channel: the actors wait for each other's locks in a circle.`;
}

function chainEvidence({ chain }: FaultDump): readonly string[] {
  if (chain === undefined || chain.actors.length < 2) return [];
  const names = chain.circle ? [...chain.actors, `${chain.actors[0]} again`] : chain.actors;
  return [`Who waits for whom${chain.circle ? ', in a circle' : ''}: ${names.join(' → ')}.`];
}

function quoted({ actors }: FaultDump): readonly string[] {
  const waiting = actors.filter(({ state, waitsOn }) => state === 'waiting' && waitsOn !== null);
  const lines = waiting
    .slice(0, QUOTED_ACTORS)
    .map(({ actor, waitsOn, at }) => `${actor} waits on ${waitsOn}, at: ${at}`);
  return waiting.length > QUOTED_ACTORS ? [...lines, `and ${waiting.length - QUOTED_ACTORS} more`] : lines;
}

/** What is wrong with the dispatch's own Program, whatever the device. */
function programFaults({ plan, device }: Situation, { dispatch }: RuntimeFailure): readonly string[] {
  const program = loweredDispatch(plan, device, dispatch)?.program;
  return program === undefined ? [] : checkProgram(program);
}

/** What the Program says about a channel: elements put and taken that do not agree, and in which launch. */
function programEvidence(
  { plan, device }: Situation,
  { dispatch }: RuntimeFailure,
  all: readonly string[],
  channel: string | null,
): { readonly faults: readonly string[]; readonly launch: FailingLaunch | null } {
  const program = loweredDispatch(plan, device, dispatch)?.program;
  if (program === undefined || channel === null) return { faults: [], launch: null };
  const name = baseName(channel);
  const holders = program.launches.filter(({ channels }) => channels.some((one) => one.name === name));
  const faults = all.filter((fault) => fault.includes(`${name},`));
  const blamed =
    holders.length === 1 ? holders[0] : holders.find((one) => faults.some((fault) => fault.startsWith(`${one.name}:`)));
  const launch = blamed === undefined ? undefined : planLaunch(plan, dispatch, blamed.name);
  return { faults: faults.map((fault) => `In the Program: ${fault}`), launch: launch ?? null };
}

/** `a_l1` of `a_l1[3]`. */
function baseName(channel: string): string {
  return channel.replace(/\[.*$/, '');
}

function onlyLaunch({ plan }: Situation, { dispatch }: RuntimeFailure): FailingLaunch | null {
  const launches = launchesOf(plan, dispatch);
  return launches.length === 1 ? (launches[0] ?? null) : null;
}

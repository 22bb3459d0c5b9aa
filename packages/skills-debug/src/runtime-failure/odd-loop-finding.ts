import { type OddLoop, oddLoops } from '@tilewright/kernel-registry';
import type { Finding, Match, Situation } from '@tilewright/spec';
import { loweredOrNull, planLaunch } from '../failure/failing-launch.ts';
import { gateEvidence, numericGateReport } from '../failure/numeric-gate.ts';
import { otherConfiguration } from '../failure/other-configuration.ts';

interface Suspect {
  readonly dispatch: string;
  readonly launch: string;
  readonly loop: OddLoop;
}

/** Where a gate found wrong numbers: launches whose cores fall out of step with their DMA, one match each. */
export function oddLoopMatches(skill: string, situation: Situation): readonly Match[] {
  return suspects(situation).map((suspect) => ({
    skill,
    subject: subjectOf(suspect),
    evidence: [evidenceOf(suspect)],
  }));
}

/** The finding about one of these matches; null for a match about something else. */
export function oddLoopFinding(skill: string, situation: Situation, match: Match): Finding | null {
  const report = numericGateReport(situation);
  const suspect = suspects(situation).find((one) => subjectOf(one) === match.subject);
  if (report === null || suspect === undefined) return null;
  const { dispatch, launch, loop } = suspect;
  const planned = planLaunch(situation.plan, dispatch, launch);
  const authored = planned?.launch.kernel.origin === 'authored';
  const edit = planned === undefined ? null : otherConfiguration(planned, situation.device, skill, () => true);
  return {
    skill,
    cause:
      `The cores of launch ${launch} of ${dispatch} are out of step with their DMA: the loop over ${loop.variable} doubles ` +
      `${loop.buffers.join(', ')} and runs ${loop.trips} times, which is odd and above three.`,
    evidence: [
      evidenceOf(suspect),
      ...gateEvidence(report),
      ...(authored
        ? [
            `The kernel ${planned.launch.kernel.name} was brought as data; let its loop run an even number of times, or take ping-pong out of L1.`,
          ]
        : []),
    ],
    edits: edit === null ? [] : [edit],
  };
}

function suspects(situation: Situation): readonly Suspect[] {
  const { plan, device } = situation;
  const lowered = numericGateReport(situation) === null ? null : loweredOrNull(plan, device);
  return (lowered?.dispatches ?? []).flatMap(({ id, program }) =>
    program.launches.flatMap((launch) => oddLoops(launch).map((loop) => ({ dispatch: id, launch: launch.name, loop }))),
  );
}

function subjectOf({ dispatch, launch, loop }: Suspect): string {
  return `${dispatch} ${launch} ${loop.herd} ${loop.variable}`;
}

function evidenceOf({ launch, loop }: Suspect): string {
  return `In launch ${launch} the loop over ${loop.variable} of herd ${loop.herd} runs ${loop.trips} times on doubled ${loop.buffers.join(', ')}.`;
}

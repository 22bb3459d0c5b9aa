import type { ScheduleEstimate } from '@tilewright/npu-runtime';
import type { Profile } from '@tilewright/spec';

/** An estimate as the profile that phases 4 and 5 show to skills. */
export function scheduleProfile({ prefill, decode, head }: ScheduleEstimate): Profile {
  return {
    entries: [prefill, decode, head].flatMap(({ entries }) => entries.map(({ boundBy: _, ...entry }) => entry)),
  };
}

/** What a phase makes faster: a prefill with its first token in 4, a decoded token in 5. */
export function objectiveUs({ timeToFirstTokenUs, decodeTokenUs }: ScheduleEstimate, phase: 4 | 5): number {
  return phase === 4 ? timeToFirstTokenUs : decodeTokenUs;
}

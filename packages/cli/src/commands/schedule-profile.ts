import type { ScheduleEstimate } from '@tilewright/npu-runtime';
import type { Profile } from '@tilewright/spec';

/** An estimate as the profile that phases 4 and 5 show to skills. */
export function scheduleProfile({ prefill, decode, head }: ScheduleEstimate): Profile {
  return {
    entries: [prefill, decode, head].flatMap(({ entries }) => entries.map(({ boundBy: _, ...entry }) => entry)),
  };
}

import { estimateSchedule, type ScheduleRequest, sectionActions } from '@tilewright/npu-runtime';
import type { SectionName } from '@tilewright/spec';
import { type TraceFile, TraceLanes } from '@tilewright/target-xdna2-sim';

const LANES = {
  'copy-in': ['host', 'copies'],
  'copy-out': ['host', 'copies'],
  'sync-in': ['host', 'syncs'],
  'sync-out': ['host', 'syncs'],
  host: ['host', 'steps'],
  run: ['device', 'dispatches'],
} as const;

/**
 * A prompt and one decoded token as the runner goes through them, in estimated time: what the host copies, syncs
 * and computes, and what the device runs. Transfers of one step are one event for each kind. What happens only on
 * the first use of a buffer is left out, as in the estimate.
 */
export function scheduleTrace(request: ScheduleRequest): TraceFile {
  const { plan, lowered } = request;
  const schedule = estimateSchedule(request);
  const lanes = new TraceLanes();
  let at = 0;
  const addSection = (section: SectionName, title: string): void => {
    const { entries, us } = schedule[section];
    lanes.add(['deployment', 'sections'], title, at, us);
    const usOf = new Map(entries.map((entry) => [`${entry.step}\n${entry.action}`, entry]));
    const { once, layer } = sectionActions(plan, lowered, section);
    const passes = [
      { steps: once, name: null, repeats: 1 },
      ...Array.from({ length: layer.length === 0 ? 0 : plan.model.layers }, (_, index) => ({
        steps: layer,
        name: `layer ${index}`,
        repeats: plan.model.layers,
      })),
    ];
    for (const { steps, name, repeats } of passes) {
      const start = at;
      for (const { step, actions } of steps) {
        for (const kind of new Set(actions.map((action) => action.kind))) {
          const entry = usOf.get(`${step.id}\n${kind}`);
          if (entry === undefined) continue;
          const dur = entry.us / repeats;
          lanes.add(LANES[kind], kind === 'host' || kind === 'run' ? step.id : `${kind} ${step.id}`, at, dur, {
            bytes: entry.bytes / repeats,
            boundBy: entry.boundBy,
          });
          at += dur;
        }
      }
      if (name !== null) lanes.add(['deployment', 'layers'], name, start, at - start);
    }
  };
  addSection('prefill', `prefill of ${schedule.promptTokens}`);
  addSection('head', 'head');
  addSection('decode', `decode at ${schedule.decodeLength}`);
  addSection('head', 'head');
  return {
    traceEvents: lanes.events,
    displayTimeUnit: 'ms',
    otherData: {
      timing: 'estimate',
      us: schedule.timeToFirstTokenUs + schedule.decodeTokenUs,
      timeToFirstTokenUs: schedule.timeToFirstTokenUs,
      decodeTokenUs: schedule.decodeTokenUs,
      note: 'Spread out from estimates; nothing here was measured.',
    },
  };
}

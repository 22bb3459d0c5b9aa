import type { ProfileEntry } from '@tilewright/spec';
import { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';
import { fitted, fittedSchema } from '../text/fitted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { mistake, viewed } from '../tool/results.ts';

const SECTIONS = ['prefill', 'decode', 'head'] as const;

export const showProfile: AgentTool = lookTool({
  name: 'show_profile',
  title: 'Show where the time goes',
  description:
    'Time of each step of the plan, the longest first, with its share of its section and what binds it: the device, copies ' +
    'and syncs, or the host. Times are sums over all layers; `timing` says whether they are estimates of a model or ' +
    'measurements on hardware.',
  input: z.strictObject({ section: z.enum(SECTIONS).exactOptional() }),
  output: z.strictObject({
    timing: z.enum(['estimate', 'measurement']).nullable(),
    sections: z.array(
      z.strictObject({
        section: z.enum(SECTIONS),
        us: z.number(),
        deviceUs: z.number(),
        transferUs: z.number(),
        hostUs: z.number(),
      }),
    ),
    steps: fittedSchema(
      z.strictObject({
        section: z.enum(SECTIONS),
        step: z.string(),
        us: z.number(),
        shareOfSection: z.number(),
        boundBy: z.enum(['device', 'transfer', 'host']),
        deviceUs: z.number(),
        transferUs: z.number(),
        hostUs: z.number(),
        calls: z.int(),
        bytes: z.number(),
      }),
    ),
  }),
  run: ({ section }, { observation: { situation } }) => {
    if (situation.profile === null) return mistake('There is no profile yet: decide with profile, and look again.');
    const entries = situation.profile.entries.filter((entry) => section === undefined || entry.section === section);
    const sections = SECTIONS.flatMap((name) => {
      const times = sumTimes(entries.filter((entry) => entry.section === name));
      return times.us === 0 ? [] : [{ section: name, ...shownTimes(times) }];
    });
    const steps = groupBySteps(entries)
      .map(([first, ...others]) => {
        const all = [first, ...others];
        const times = sumTimes(all);
        const total = sections.find(({ section: name }) => name === first.section)?.us ?? 0;
        return {
          ...{ section: first.section, step: cleanName(first.step), ...shownTimes(times) },
          shareOfSection: total === 0 ? 0 : round(times.us / total),
          boundBy: boundBy(times),
          calls: Math.max(...all.map(({ calls }) => calls)),
          bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
        };
      })
      .sort((a, b) => b.us - a.us);
    return viewed({ timing: entries[0]?.timing ?? null, sections, steps: fitted(steps, 16_000) });
  },
});

interface Times {
  readonly us: number;
  readonly deviceUs: number;
  readonly transferUs: number;
  readonly hostUs: number;
}

function sumTimes(entries: readonly ProfileEntry[]): Times {
  const sum = (wanted: (action: ProfileEntry['action']) => boolean): number =>
    entries.reduce((total, { action, us }) => total + (wanted(action) ? us : 0), 0);
  const deviceUs = sum((action) => action === 'run');
  const hostUs = sum((action) => action === 'host');
  const us = sum(() => true);
  return { us, deviceUs, hostUs, transferUs: us - deviceUs - hostUs };
}

function boundBy({ deviceUs, transferUs, hostUs }: Times): 'device' | 'transfer' | 'host' {
  if (deviceUs >= transferUs && deviceUs >= hostUs) return 'device';
  return transferUs >= hostUs ? 'transfer' : 'host';
}

function groupBySteps(entries: readonly ProfileEntry[]): [ProfileEntry, ...ProfileEntry[]][] {
  const groups = new Map<string, [ProfileEntry, ...ProfileEntry[]]>();
  for (const entry of entries) {
    const key = `${entry.section} ${entry.step}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}

function shownTimes({ us, deviceUs, transferUs, hostUs }: Times): Times {
  return { us: round(us), deviceUs: round(deviceUs), transferUs: round(transferUs), hostUs: round(hostUs) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

import type { ScheduleEstimate } from '@tilewright/npu-runtime';
import type {
  PerformanceProfile,
  Plan,
  Profile,
  ProfileEntry,
  SectionName,
  SectionProfile,
  StepProfile,
} from '@tilewright/spec';
import { timedPromptTokens } from '../time/measure-plan.ts';
import { deviceShare } from './device-share.ts';
import { sustainedPerformance } from './sustained-performance.ts';

/** An entry of one pass, with what binds it where the target says so. */
type Entry = ProfileEntry & { readonly boundBy?: string };

interface Source {
  readonly entries: readonly Entry[];
  readonly promptTokens: number;
  readonly decodeLength: number;
}

/** The source of a profile where the target estimates without running. */
export function fromEstimate({ prefill, decode, head, promptTokens, decodeLength }: ScheduleEstimate): Source {
  return { entries: [...prefill.entries, ...decode.entries, ...head.entries], promptTokens, decodeLength };
}

/** The source where it had to run: a prefill and a decode step, so that the head has run twice. */
export function fromRun({ entries }: Profile, plan: Plan): Source {
  const promptTokens = timedPromptTokens(plan);
  const halved = entries.map((entry) =>
    entry.section === 'head'
      ? { ...entry, calls: Math.ceil(entry.calls / 2), bytes: Math.ceil(entry.bytes / 2), us: entry.us / 2 }
      : entry,
  );
  return { entries: halved, promptTokens, decodeLength: promptTokens + 1 };
}

/**
 * `profile.json` from one pass through each section. It is a measurement only if every part of it is: the
 * host's share is estimated on most targets.
 */
export function performanceProfile(plan: Plan, planDigest: string, source: Source): PerformanceProfile {
  const { entries, promptTokens, decodeLength } = source;
  const sections = (['prefill', 'decode', 'head'] as const).map((section) => sectionProfile(section, entries));
  const us = (name: SectionName): number => sections.find(({ section }) => section === name)?.us ?? 0;
  const timeToFirstTokenUs = us('prefill') + us('head');
  const tokenUs = us('decode') + us('head');
  return {
    specificationVersion: 'v1',
    timing: entries.every(({ timing }) => timing === 'measurement') ? 'measurement' : 'estimate',
    planDigest,
    promptTokens,
    decodeLength,
    timeToFirstTokenUs,
    decodeTokensPerSecond: 1e6 / tokenUs,
    sections,
    deviceShare: deviceShare(plan, entries, source),
    sustained: sustainedPerformance(plan.model, { promptTokens, timeToFirstTokenUs, decodeLength, tokenUs }),
  };
}

function sectionProfile(section: SectionName, all: readonly Entry[]): SectionProfile {
  const entries = all.filter((entry) => entry.section === section);
  const steps = [...new Set(entries.map(({ step }) => step))];
  return {
    section,
    us: total(entries),
    dispatches: entries.reduce((sum, { action, calls }) => sum + (action === 'run' ? calls : 0), 0),
    steps: steps.map((step) =>
      stepProfile(
        step,
        entries.filter((entry) => entry.step === step),
      ),
    ),
  };
}

function stepProfile(step: string, entries: readonly Entry[]): StepProfile {
  const work = entries.filter(({ action }) => action === 'run' || action === 'host');
  const longest = [...entries].sort((a, b) => b.us - a.us)[0];
  return {
    step,
    calls: Math.max(0, ...work.map(({ calls }) => calls)),
    bytes: work.reduce((sum, { bytes }) => sum + bytes, 0),
    runUs: total(entries.filter(({ action }) => action === 'run')),
    transferUs: total(entries.filter(({ action }) => action !== 'run' && action !== 'host')),
    hostUs: total(entries.filter(({ action }) => action === 'host')),
    boundBy: longest?.boundBy ?? longest?.action ?? 'nothing',
  };
}

function total(entries: readonly Entry[]): number {
  return entries.reduce((sum, { us }) => sum + us, 0);
}

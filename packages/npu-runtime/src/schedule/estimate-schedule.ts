import {
  type DeviceModel,
  type DispatchId,
  type Estimate,
  type LoweredPlan,
  type Plan,
  type ProfileEntry,
  type SectionName,
  TilewrightError,
} from '@tilewright/spec';
import { hostEstimate, hostWork, type PassSize } from '../host/host-work.ts';
import { type Action, sectionActions } from './actions.ts';
import { copyEstimate, syncEstimate } from './transfer-estimate.ts';

export interface ScheduleRequest {
  readonly plan: Plan;
  readonly lowered: LoweredPlan;
  /** From `Target.estimate`. */
  readonly dispatchEstimates: ReadonlyMap<DispatchId, Estimate>;
  readonly device: DeviceModel;
  /** Tokens of the prompt; by default a full prefill. */
  readonly promptTokens?: number;
  /** Tokens in the sequence after the decode step that is estimated; by default one more than the prompt. */
  readonly decodeLength?: number;
}

/** The estimated time of one kind of action of one step, summed over layers. */
export interface EstimatedEntry extends ProfileEntry {
  readonly timing: 'estimate';
  /** What most of it is bound by: `host-copy`, `l3-bandwidth`, `compute`, … */
  readonly boundBy: string;
}

/** One pass through a section: `once` and all layers. */
export interface SectionEstimate {
  readonly section: SectionName;
  readonly us: number;
  /** Submissions to the device. */
  readonly dispatches: number;
  readonly entries: readonly EstimatedEntry[];
}

/** Estimated times of a deployment, without weights and without running anything. */
export interface ScheduleEstimate {
  readonly promptTokens: number;
  readonly decodeLength: number;
  readonly prefill: SectionEstimate;
  /** One token. */
  readonly decode: SectionEstimate;
  /** Logits of one position. */
  readonly head: SectionEstimate;
  /** Prefill and head. */
  readonly timeToFirstTokenUs: number;
  /** Decode and head. */
  readonly decodeTokenUs: number;
  readonly decodeTokensPerSecond: number;
  /** Buffers that are written once, on their first use. Not part of the other times. */
  readonly firstUseUs: number;
}

/**
 * Adds up the time of everything that the runner would do, from the plan, the target's estimates of its
 * dispatches and the host's constants. Throws `plan-invalid` where a dispatch has no estimate.
 */
export function estimateSchedule(request: ScheduleRequest): ScheduleEstimate {
  const promptTokens = request.promptTokens ?? Math.min(request.plan.prefillLength, request.plan.contextLength);
  const decodeLength = request.decodeLength ?? Math.min(promptTokens + 1, request.plan.contextLength);
  const prefill = estimateSection(request, 'prefill', { tokens: promptTokens, length: promptTokens });
  const decode = estimateSection(request, 'decode', { tokens: 1, length: decodeLength });
  const head = estimateSection(request, 'head', { tokens: 1, length: decodeLength });
  const decodeTokenUs = decode.estimate.us + head.estimate.us;
  return {
    promptTokens,
    decodeLength,
    prefill: prefill.estimate,
    decode: decode.estimate,
    head: head.estimate,
    timeToFirstTokenUs: prefill.estimate.us + head.estimate.us,
    decodeTokenUs,
    decodeTokensPerSecond: 1e6 / decodeTokenUs,
    firstUseUs: prefill.firstUseUs + decode.firstUseUs + head.firstUseUs,
  };
}

function estimateSection(
  request: ScheduleRequest,
  section: SectionName,
  size: PassSize,
): { readonly estimate: SectionEstimate; readonly firstUseUs: number } {
  const { plan, lowered } = request;
  const actions = sectionActions(plan, lowered, section);
  const entries = new Map<string, Accumulated>();
  let firstUseUs = 0;
  for (const [steps, repeats] of [
    [actions.once, 1],
    [actions.layer, plan.model.layers],
  ] as const) {
    for (const { step, actions: list } of steps) {
      for (const action of list) {
        const { bytes, estimate } = actionEstimate(action, request, section, size);
        if ('firstUseOnly' in action && action.firstUseOnly) {
          firstUseUs += estimate.us * (action.object.perLayer ? repeats : 1);
          continue;
        }
        const key = `${step.id}\n${action.kind}`;
        const entry = entries.get(key) ?? {
          step: step.id,
          action: action.kind,
          calls: 0,
          bytes: 0,
          us: 0,
          bound: new Map(),
        };
        entry.calls += repeats;
        entry.bytes += bytes * repeats;
        entry.us += estimate.us * repeats;
        entry.bound.set(estimate.boundBy, (entry.bound.get(estimate.boundBy) ?? 0) + estimate.us);
        entries.set(key, entry);
      }
    }
  }
  const list = [...entries.values()].map(
    ({ bound, ...entry }): EstimatedEntry => ({ section, ...entry, timing: 'estimate', boundBy: largest(bound) }),
  );
  const us = list.reduce((sum, entry) => sum + entry.us, 0);
  const dispatches = list.reduce((sum, entry) => sum + (entry.action === 'run' ? entry.calls : 0), 0);
  return { estimate: { section, us, dispatches, entries: list }, firstUseUs };
}

interface Accumulated {
  readonly step: string;
  readonly action: Action['kind'];
  calls: number;
  bytes: number;
  us: number;
  readonly bound: Map<string, number>;
}

function largest(bound: ReadonlyMap<string, number>): string {
  return [...bound].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

function actionEstimate(
  action: Action,
  request: ScheduleRequest,
  section: SectionName,
  size: PassSize,
): { readonly bytes: number; readonly estimate: Estimate } {
  const { host } = request.device;
  switch (action.kind) {
    case 'copy-in':
    case 'copy-out':
      return { bytes: action.object.bytes, estimate: copyEstimate(action.object.bytes, host) };
    case 'sync-in':
    case 'sync-out':
      return { bytes: action.object.bytes, estimate: syncEstimate(action.object.bytes, host) };
    case 'host': {
      const work = hostWork(action.operation, request.plan, section, size);
      return { bytes: work.copiedBytes + work.transposedBytes, estimate: hostEstimate(work, host) };
    }
    case 'run': {
      const estimate = request.dispatchEstimates.get(action.dispatch);
      if (estimate === undefined) {
        throw new TilewrightError(
          'plan-invalid',
          `There is no estimate of the dispatch ${action.dispatch}.`,
          'Estimate the compiled form of this same plan.',
          { field: action.dispatch },
        );
      }
      return { bytes: action.objects.reduce((sum, object) => sum + object.bytes, 0), estimate };
    }
  }
}

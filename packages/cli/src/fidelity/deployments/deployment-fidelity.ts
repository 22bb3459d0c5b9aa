import { naivePlan } from '@tilewright/kernel-registry';
import type { ScheduleEstimate, SectionEstimate } from '@tilewright/npu-runtime';
import { type CallOptions, type HostModel, type Plan, type Target, throwIfAborted } from '@tilewright/spec';
import { planEstimate } from '../../commands/plan-estimate.ts';
import type { PublishedRecord } from '../published-record.ts';
import type { AblationRecord } from './ablation-record.ts';
import type { DeploymentMeasurement, DeploymentRecord } from './deployment-record.ts';
import {
  arranged,
  dispatchOf,
  groupsKept,
  headKept,
  passedOnce,
  publishedSpan,
  sequenceFirst,
  weightsKept,
} from './published-arrangement.ts';

/** One published time of a whole dispatch, model or ablation cell beside ours, in its unit. */
export interface DeploymentPair {
  readonly model: string;
  readonly what: string;
  readonly unit: string;
  readonly published: number;
  readonly date: string | null;
  readonly estimated: number;
  /** estimated / published − 1. */
  readonly difference: number;
}

/** Published times of whole deployments beside estimates of the same arrangement of dispatches. */
export interface DeploymentFidelity {
  readonly dispatches: readonly DeploymentPair[];
  readonly timeToFirstToken: readonly DeploymentPair[];
  readonly tokensPerSecond: readonly DeploymentPair[];
  readonly ablation: readonly DeploymentPair[];
  /** What could not be estimated, and why. */
  readonly left: readonly { readonly model: string; readonly reason: string }[];
}

export interface DeploymentFacts {
  readonly deployments: readonly DeploymentRecord[];
  readonly rows: readonly PublishedRecord[];
  readonly ablation: readonly AblationRecord[];
}

/** The sequence length of the published figures. */
const TOKENS = 2048;

const LENGTHS = { promptTokens: TOKENS, contextTokens: TOKENS + 1 };

/** Estimates every bf16 deployment as it was published, its dispatches and the cells of its ablation. */
export async function deploymentFidelity(
  { deployments, rows, ablation }: DeploymentFacts,
  target: Target,
  options: CallOptions = {},
): Promise<DeploymentFidelity> {
  const found = {
    dispatches: [] as DeploymentPair[],
    timeToFirstToken: [] as DeploymentPair[],
    tokensPerSecond: [] as DeploymentPair[],
    ablation: [] as DeploymentPair[],
    left: [] as { model: string; reason: string }[],
  };
  for (const record of deployments.filter(({ variant }) => variant === 'bf16')) {
    throwIfAborted(options.signal);
    const { model, spec } = record;
    if (spec === null) {
      found.left.push({ model, reason: record.reason ?? 'no shapes' });
      continue;
    }
    const start = naivePlan(spec, target.device, { prefillLength: TOKENS, contextLength: TOKENS + 1 });
    const naive = headKept(
      record.sequenceFirst || spec.headDim === 64 ? sequenceFirst(start, target.device) : start,
      target.device,
    );
    const plan = asPublished(naive, record, target);
    const schedule = await planEstimate(plan, target, LENGTHS, options);
    found.timeToFirstToken.push(...latest(record, isTimeToFirstToken, schedule.timeToFirstTokenUs / 1e6));
    found.tokensPerSecond.push(
      ...latest(record, isTokensPerSecond, 1e6 / tokenUs(record, plan, schedule, target.device.host)),
    );
    found.dispatches.push(...dispatchPairs(record, rows, plan, schedule));
    const cells = ablation.filter((row) => row.model === model);
    if (cells.length > 0) found.ablation.push(...(await ablationPairs(naive, record, cells, target, options)));
  }
  return found;
}

/** All weights kept, the dispatches of the record, and data passed once from one to the next. */
function asPublished(naive: Plan, record: DeploymentRecord, { device }: Target): Plan {
  const sections = [
    ['prefill', record.prefillDispatches],
    ['decode', record.decodeDispatches],
  ] as const;
  return sections.reduce(
    (plan, [section, dispatches]) => passedOnce(arranged(plan, section, dispatches, device), section),
    weightsKept(naive, device),
  );
}

/**
 * One decoded token. Steps that no published dispatch runs are the host's there (adds, norms and SwiGLU of one row);
 * our plans have them as dispatches, so each counts as a host step instead.
 */
function tokenUs(
  { decodeDispatches }: DeploymentRecord,
  plan: Plan,
  { decode, decodeTokenUs }: ScheduleEstimate,
  host: HostModel,
): number {
  const named = new Set(decodeDispatches.map((name) => dispatchOf(plan, 'decode', name)));
  const onHost = plan.sections.decode.layer.filter(({ kind, id }) => kind === 'dispatch' && !named.has(id));
  const dispatchedUs = stepsUs(decode, new Set(onHost.map(({ id }) => id)));
  return decodeTokenUs - dispatchedUs + onHost.length * plan.model.layers * host.stepUs;
}

/** The newest of a model's figures of one kind, on the usual machine. */
function latest(
  { model, measurements }: DeploymentRecord,
  kind: (measurement: DeploymentMeasurement) => boolean,
  estimated: number,
): DeploymentPair[] {
  const [newest] = measurements
    .filter((one) => !one.elsewhere && kind(one))
    .toSorted((a, b) => (b.date ?? '').localeCompare(a.date ?? ''));
  return newest === undefined ? [] : [pair(model, newest, estimated)];
}

function isTimeToFirstToken({ what, unit }: DeploymentMeasurement): boolean {
  return unit === 's' && /^TTFT( \((make run|NPU-only)[^)]*\))?$/.test(what);
}

function isTokensPerSecond({ what, unit }: DeploymentMeasurement): boolean {
  return unit === 'tok/s' && /^decode( \(make run\))?$/.test(what);
}

function pair(
  model: string,
  { what, unit, value, date }: Pick<DeploymentMeasurement, 'what' | 'unit' | 'value' | 'date'>,
  estimated: number,
): DeploymentPair {
  return { model, what, unit, published: value, date, estimated, difference: estimated / value - 1 };
}

/** Rows such as `o_ffn (SmolLM2-1.7B bf16)`: a dispatch of the deployment, with its copies. */
function dispatchPairs(
  record: DeploymentRecord,
  rows: readonly PublishedRecord[],
  plan: Plan,
  schedule: ScheduleEstimate,
): DeploymentPair[] {
  return rows.flatMap((row): DeploymentPair[] => {
    const named = /^(\S+) \((.+) bf16\)$/.exec(row.kernel);
    if (row.group !== 'fused_elf' || named?.[2] !== record.model || row.latency_us === undefined) return [];
    const name = named[1] as string;
    const us = dispatchUs(name, record, plan, schedule);
    if (us === null) return [];
    return [pair(record.model, { what: name, unit: 'µs', value: row.latency_us, date: null }, us)];
  });
}

/** One call of a published dispatch: its run and the copies and syncs around it. */
function dispatchUs(name: string, record: DeploymentRecord, plan: Plan, schedule: ScheduleEstimate): number | null {
  if (name.startsWith('lm_head')) {
    return callUs(schedule.head, (step) =>
      plan.sections.head.once.some(({ id, kind }) => id === step && kind === 'dispatch'),
    );
  }
  for (const [section, names] of [
    ['prefill', record.prefillDispatches],
    ['decode', record.decodeDispatches],
  ] as const) {
    if (!names.some((one) => one.split(' ')[0] === name)) continue;
    const dispatch = dispatchOf(plan, section, name);
    if (dispatch !== null) return callUs(schedule[section], (step) => step === dispatch);
  }
  return null;
}

function callUs({ entries }: SectionEstimate, isStep: (step: string) => boolean): number {
  const of = entries.filter(({ step }) => isStep(step));
  const calls = Math.max(...of.filter(({ action }) => action === 'run').map((entry) => entry.calls));
  return of.reduce((sum, { us }) => sum + us, 0) / calls;
}

/**
 * The cells of the published ablation (facts/dataflows.md, 10): A one dispatch per kernel and all buffers through the
 * host, B weights written once, C what a group hands on kept on the device, D a group merged into one dispatch.
 */
async function ablationPairs(
  naive: Plan,
  record: DeploymentRecord,
  rows: readonly AblationRecord[],
  target: Target,
  options: CallOptions,
): Promise<DeploymentPair[]> {
  const { device } = target;
  const weights = weightsKept(naive, device);
  const kept = groupsKept(
    groupsKept(weights, 'prefill', record.prefillDispatches, device),
    'decode',
    record.decodeDispatches,
    device,
  );
  const plans: Readonly<Record<string, Plan>> = {
    ...{ A: naive, B: weights, C: kept, D: asPublished(naive, record, target) },
  };
  const schedules = new Map<string, ScheduleEstimate>();
  const pairs: DeploymentPair[] = [];
  for (const row of rows) {
    const plan = plans[row.cell];
    if (plan === undefined) continue;
    const schedule = schedules.get(row.cell) ?? (await planEstimate(plan, target, LENGTHS, options));
    schedules.set(row.cell, schedule);
    const us = cellUs(row, naive, schedule, plan);
    if (us === null) continue;
    const estimated = row.unit.startsWith('s') ? us / 1e6 : us / 1e3;
    pairs.push(
      pair(
        record.model,
        { what: `${row.phase}, ${row.step}`, unit: row.unit, value: row.after, date: row.date },
        estimated,
      ),
    );
  }
  return pairs;
}

/** What a row of the ablation times: a whole token, all layers, or the steps of one published dispatch. */
function cellUs({ phase, step }: AblationRecord, naive: Plan, schedule: ScheduleEstimate, plan: Plan): number | null {
  if (step.startsWith('per-token wall')) return schedule.decodeTokenUs;
  const section = phase === 'prefill' ? schedule.prefill : schedule.decode;
  // The study ran layer after layer on synthetic weights: dispatches, without the host's work on the KV cache.
  const layerSteps = plan.sections[phase].layer.filter(({ kind }) => kind === 'dispatch').map(({ id }) => id);
  if (/^\d+-layer wall/.test(step)) return stepsUs(section, new Set(layerSteps));
  const span = publishedSpan(step);
  if (span === null) return null;
  const merged = dispatchOf(plan, phase, step);
  const steps =
    merged === null ? layerSteps.slice(layerSteps.indexOf(span.first), layerSteps.indexOf(span.last) + 1) : [merged];
  return stepsUs(section, new Set(steps)) / naive.model.layers;
}

function stepsUs({ entries }: SectionEstimate, steps: ReadonlySet<string>): number {
  return entries.reduce((sum, { step, us }) => sum + (steps.has(step) ? us : 0), 0);
}

import { bufferUses, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { copyEstimate, type ScheduleEstimate, type SectionEstimate, syncEstimate } from '@tilewright/npu-runtime';
import {
  type CallOptions,
  type DeviceModel,
  type HostModel,
  type LoweredPlan,
  type Plan,
  type SectionName,
  type Target,
  throwIfAborted,
} from '@tilewright/spec';
import { estimateProgram } from '@tilewright/target-xdna2-sim';
import { planEstimate } from '../../commands/plan-estimate.ts';
import type { PublishedRecord } from '../published-record.ts';
import type { AblationRecord } from './ablation-record.ts';
import type { DeploymentMeasurement, DeploymentRecord } from './deployment-record.ts';
import {
  arranged,
  decodeFused,
  dispatchOf,
  groupsKept,
  headKept,
  oneLaunchPerGemm,
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
    const fused = record.decodeDispatches.some((name) => name.startsWith('o_gemv_ffn'));
    const published = asPublished(naive, record, target);
    const newest = await arrangement(fused ? decodeFused(published, target.device) : published, target, options);
    found.timeToFirstToken.push(...latest(record, isTimeToFirstToken, timeToFirstTokenUs(newest, target.device) / 1e6));
    found.tokensPerSecond.push(...latest(record, isTokensPerSecond, 1e6 / tokenUs(record, newest, target.device.host)));
    const older = oneLaunchPerGemm(naive);
    const merged = await arrangement(asPublished(older, record, target), target, options);
    found.dispatches.push(...dispatchPairs(record, rows, [newest, merged], target.device));
    const cells = ablation.filter((row) => row.model === model);
    found.ablation.push(...(await ablationPairs(older, merged, record, cells, target, options)));
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

/** A prefill with the published copies around each dispatch, and the head. */
function timeToFirstTokenUs(arrangement: Arrangement, device: DeviceModel): number {
  const { plan, schedule } = arrangement;
  const dispatches = plan.sections.prefill.layer.filter(({ kind }) => kind === 'dispatch').map(({ id }) => id);
  const scheduledUs = stepsUs(schedule.prefill, new Set(dispatches));
  const calls = dispatches.map((dispatch) => callOf(arrangement, 'prefill', dispatch, device));
  const publishedUs = calls.reduce((sum, { us }) => sum + us, 0) * plan.model.layers;
  return schedule.timeToFirstTokenUs - scheduledUs + publishedUs;
}

/**
 * One decoded token. Steps that no published dispatch runs are the host's there (adds, norms and SwiGLU of one row);
 * our plans have them as dispatches, so each counts as a host step instead.
 */
function tokenUs({ decodeDispatches }: DeploymentRecord, { plan, schedule }: Arrangement, host: HostModel): number {
  const { decode, decodeTokenUs } = schedule;
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

/** A plan with its Programs and its times. */
interface Arrangement {
  readonly plan: Plan;
  readonly lowered: LoweredPlan;
  readonly schedule: ScheduleEstimate;
}

async function arrangement(plan: Plan, target: Target, options: CallOptions): Promise<Arrangement> {
  return {
    plan,
    lowered: lowerPlan(plan, target.device),
    schedule: await planEstimate(plan, target, LENGTHS, options),
  };
}

/**
 * Rows such as `o_ffn (SmolLM2-1.7B bf16)`: a dispatch of the deployment, with its copies. Where a row says how many
 * launches it had, the arrangement with that many is meant; else the first.
 */
function dispatchPairs(
  record: DeploymentRecord,
  rows: readonly PublishedRecord[],
  arrangements: readonly [Arrangement, ...Arrangement[]],
  device: DeviceModel,
): DeploymentPair[] {
  const names = [record.model, record.model.replace(/-\d+\.\d+-/, '-')];
  return rows.flatMap((row): DeploymentPair[] => {
    const named = /^(\S+) \((\S+?)( bf16)?\)$/.exec(row.kernel);
    const bf16 = named?.[3] !== undefined || row.contract === 'bf16';
    if (row.group !== 'fused_elf' || !bf16 || !names.includes(named?.[2] ?? '')) return [];
    if (row.latency_us === undefined) return [];
    const name = named?.[1] as string;
    const calls = arrangements.map((arrangement) => publishedCall(name, record, arrangement, device));
    const call = calls.find((one) => one?.launches === row.launches) ?? calls[0];
    if (call === undefined || call === null) return [];
    // Rows of a phase are whole calls of a runner; others time start and wait, as those of single kernels do.
    const us = row.phase === undefined && row.calls === undefined ? call.deviceUs : call.us;
    return [pair(record.model, { what: name, unit: 'µs', value: row.latency_us, date: null }, us)];
  });
}

/** One call of a published dispatch, in whichever section it is; null where the arrangement has none. */
function publishedCall(
  name: string,
  record: DeploymentRecord,
  arrangement: Arrangement,
  device: DeviceModel,
): Call | null {
  const { plan } = arrangement;
  if (name.startsWith('lm_head')) {
    const dispatch = plan.sections.head.once.find(({ kind }) => kind === 'dispatch');
    return dispatch === undefined ? null : callOf(arrangement, 'head', dispatch.id, device);
  }
  for (const [section, names] of [
    ['prefill', record.prefillDispatches],
    ['decode', record.decodeDispatches],
  ] as const) {
    if (!names.some((one) => one.split(' ')[0] === name)) continue;
    const dispatch = dispatchOf(plan, section, name);
    if (dispatch !== null) return callOf(arrangement, section, dispatch, device);
  }
  return null;
}

interface Call {
  /** With copies, syncs and the work of submitting. */
  readonly us: number;
  /** From start to end on the device. */
  readonly deviceUs: number;
  readonly launches: number;
}

/**
 * A run, and around it what the published figures have: each activation that it reads is copied in and synced, each
 * that it writes for others is synced back. (In the schedule the producer pays the copy.)
 */
function callOf(
  { plan, lowered, schedule }: Arrangement,
  section: SectionName,
  dispatch: string,
  device: DeviceModel,
): Call {
  const { host } = device;
  const run = schedule[section].entries.find(({ step, action }) => step === dispatch && action === 'run');
  const program = lowered.dispatches.find((one) => one.section === section && one.step === dispatch)?.program;
  const us = bufferUses(plan, lowered, section).reduce(
    (sum, { buffer, bytes, dispatches }) => {
      const use = dispatches.find(({ step }) => step === dispatch);
      if (use === undefined || buffer.role === 'intermediate' || buffer.content.kind !== 'activation') return sum;
      const syncUs = syncEstimate(bytes, host).us;
      return sum + (use.readsEarlier ? copyEstimate(bytes, host).us + syncUs : 0) + (use.writes ? syncUs : 0);
    },
    run === undefined ? 0 : run.us / run.calls,
  );
  return {
    us,
    deviceUs: program === undefined ? 0 : estimateProgram(program, device).us,
    launches: program?.launches.length ?? 0,
  };
}

/**
 * The cells of the published ablation (facts/dataflows.md, 10): A one dispatch per kernel and all buffers through the
 * host, B weights written once, C what a group hands on kept on the device, D a group merged into one dispatch.
 */
async function ablationPairs(
  naive: Plan,
  merged: Arrangement,
  record: DeploymentRecord,
  rows: readonly AblationRecord[],
  target: Target,
  options: CallOptions,
): Promise<DeploymentPair[]> {
  const { device } = target;
  if (rows.length === 0) return [];
  const weights = weightsKept(naive, device);
  const kept = groupsKept(
    groupsKept(weights, 'prefill', record.prefillDispatches, device),
    'decode',
    record.decodeDispatches,
    device,
  );
  const cells = new Map([
    ['A', await arrangement(naive, target, options)],
    ['B', await arrangement(weights, target, options)],
    ['C', await arrangement(kept, target, options)],
    ['D', merged],
  ]);
  return rows.flatMap((row): DeploymentPair[] => {
    const cell = cells.get(row.cell);
    const us = cell === undefined ? null : cellUs(row, cell);
    if (us === null) return [];
    const estimated = row.unit.startsWith('s') ? us / 1e6 : us / 1e3;
    const { phase, step, unit, after: value, date } = row;
    return [pair(record.model, { what: `${phase}, ${step}`, unit, value, date }, estimated)];
  });
}

/** What a row of the ablation times: a whole token, all layers, or the steps of one published dispatch. */
function cellUs({ phase, step }: AblationRecord, { plan, schedule }: Arrangement): number | null {
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
  return stepsUs(section, new Set(steps)) / plan.model.layers;
}

function stepsUs({ entries }: SectionEstimate, steps: ReadonlySet<string>): number {
  return entries.reduce((sum, { step, us }) => sum + (steps.has(step) ? us : 0), 0);
}

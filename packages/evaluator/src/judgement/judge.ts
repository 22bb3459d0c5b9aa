import { blockGate, digest, type GateRequest, kernelGate, modelGate, POLICY } from '@tilewright/gates';
import { lowerPlan } from '@tilewright/kernel-registry';
import { deployModel } from '@tilewright/npu-runtime';
import type { OpenModel } from '@tilewright/oracle';
import {
  type Compiled,
  type DeployedModel,
  type EvaluationRequest,
  type GateReport,
  type Plan,
  type Target,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { deviceGate } from '../device-work/device-gate.ts';
import { literalGate } from '../literal/literal-gate.ts';
import { splitLaunches } from '../plan/split-launches.ts';
import { auditedTarget } from '../session/audited-target.ts';
import { RunAudit } from '../session/run-audit.ts';
import { runsGate } from '../session/runs-gate.ts';
import { performanceOf } from '../time/performance.ts';
import { timeGate } from '../time/time-gate.ts';
import { weightsGate } from '../weights/weights-gate.ts';
import { refusal } from './refusal.ts';
import type { Judgement } from './sealed-judgement.ts';

/** Everything that a judgement may know: a plan, and what the one who asks has given. No path of the workspace. */
export interface JudgeRequest {
  readonly plan: Plan;
  readonly model: OpenModel;
  readonly target: Target;
  readonly seeds: Seeds;
  readonly subjects: Readonly<Record<string, string>>;
  readonly atLeast?: EvaluationRequest['atLeast'];
  readonly signal?: AbortSignal;
  readonly tell: (line: string) => void;
}

/** One for each use, so that none says anything about another. */
export interface Seeds {
  readonly kernels: number;
  readonly blocks: number;
  readonly model: number;
  readonly runs: number;
  readonly splitRuns: number;
  readonly weights: number;
}

const DECODE_STEPS = 3;
const RUN_PROMPT_TOKENS = 61;

/** Judges a plan. Throws `aborted` and what is no fault of the plan; whatever else is wrong is in the gates. */
export async function judge(request: JudgeRequest): Promise<Judgement> {
  const { plan, model, target, subjects, tell } = request;
  const gates: GateReport[] = [];
  const found = (rest: Pick<Judgement, 'performance' | 'accepts'>): Judgement => ({
    ...{ subjects, seeds: Object.values(request.seeds), gates },
    ...rest,
  });
  const untimed = (): Judgement =>
    found({
      performance: { timing: target.timing, promptTokens: 0, timeToFirstTokenUs: 0, decodeTokensPerSecond: 0 },
      accepts: null,
    });
  const refuse = (...reason: Parameters<typeof refusal>): Judgement => {
    gates.push(refusal(...reason));
    return untimed();
  };
  if (digest(plan.model) !== digest(model.spec)) {
    return refuse('the plan is for another model than the one given', subjects);
  }
  const short = tooShort(request);
  if (short !== null) return refuse(short, subjects, 'missing-comparison');
  let compiled: Compiled;
  let split: Compiled;
  const splitPlan = splitLaunches(plan);
  const isMerged = splitPlan !== plan;
  try {
    tell('compiles the plan');
    compiled = await compile(plan, request);
    split = isMerged ? await compile(splitPlan, request) : compiled;
  } catch (error) {
    if (!isPlanFault(error)) throw error;
    return refuse(`the plan cannot be compiled: ${error.message}`, subjects);
  }
  gates.push(deviceGate(plan, compiled.lowered, subjects));
  const audit = new RunAudit(request.seeds.runs);
  const splitAudit = isMerged ? new RunAudit(request.seeds.splitRuns) : audit;
  const audits = isMerged ? [audit, splitAudit] : [audit];
  const call = request.signal ? { signal: request.signal } : {};
  const watched = auditedTarget(target, audit);
  const common = { oracle: model.oracle, subjects, ...call };
  try {
    tell('runs the gate for kernels');
    await whileDeployed(splitPlan, split, auditedTarget(target, splitAudit), request, async (deployed) => {
      gates.push(await kernelGate({ ...common, deployed, ...isolated(plan, request.seeds.kernels) }));
    });
    return await whileDeployed(plan, compiled, watched, request, async (deployed) => {
      tell('runs the gate for blocks');
      gates.push(await blockGate({ ...common, deployed, ...isolated(plan, request.seeds.blocks) }));
      tell('runs the gate for the model');
      gates.push(await modelGate({ ...common, deployed, ...freeRun(plan, request.seeds.model) }));
      throwIfAborted(request.signal);
      tell('changes weights');
      const { weights: seed } = request.seeds;
      gates.push(await weightsGate({ plan, compiled, target: watched, model, deployed, seed, subjects, ...call }));
      tell('executes small dispatches literally');
      const plans = [{ compiled, recordings: audit.recordings }];
      if (isMerged) plans.push({ compiled: split, recordings: splitAudit.recordings });
      gates.push(await literalGate({ target, plans, subjects, ...call }));
      tell(`${target.timing === 'estimate' ? 'estimates' : 'measures'} the time`);
      const estimates = (await target.estimate?.(compiled, call)) ?? null;
      const timed = await performanceOf({ plan, compiled, target, deployed, estimates, ...call });
      const { performance } = timed;
      gates.push(timeGate({ target, compiled, times: audit.times, estimates, performance, subjects }));
      gates.push(runsGate(audits, dispatchCount(compiled) + (isMerged ? dispatchCount(split) : 0), subjects));
      return found(timed);
    });
  } catch (error) {
    // Some faults of a plan show only when it runs. What was seen of the target until then counts all the same.
    if (!isPlanFault(error)) throw error;
    gates.push(runsGate(audits, 0, subjects));
    const isFault = error.code === 'runtime-fault';
    return refuse(`the plan cannot be run: ${error.message}`, subjects, isFault ? 'runtime-fault' : 'unsupported');
  }
}

function compile(plan: Plan, { target, signal }: JudgeRequest): Promise<Compiled> {
  return target.compile(lowerPlan(plan, target.device), signal ? { signal } : {});
}

async function whileDeployed<T>(
  plan: Plan,
  compiled: Compiled,
  target: Target,
  { model, signal }: JudgeRequest,
  work: (deployed: DeployedModel) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const deployed = await deployModel({ plan, compiled, target, weights: model.weights, ...(signal && { signal }) });
  try {
    return await work(deployed);
  } finally {
    await deployed.close();
  }
}

function dispatchCount({ lowered }: Compiled): number {
  return lowered.dispatches.length;
}

/** Why a plan is for sequences too short to be judged, or shorter than asked for; null if it is not. */
function tooShort({ plan, atLeast }: JudgeRequest): string | null {
  const { prefillLength, contextLength } = plan;
  const lengths = [
    ['prefills', prefillLength, Math.max(1, atLeast?.promptTokens ?? 1)],
    ['holds', contextLength, Math.max(POLICY.model.greedyTokens, DECODE_STEPS + 1, atLeast?.contextTokens ?? 1)],
  ] as const;
  const short = lengths.find(([, length, least]) => length < least);
  return short === undefined ? null : `the plan ${short[0]} ${short[1]} tokens, and ${short[2]} are needed`;
}

type Prompts = Pick<GateRequest, 'seeds' | 'promptTokens'> & { readonly decodeSteps: number };

/** A prompt that ends somewhere within the last tile. */
function isolated({ prefillLength, contextLength }: Plan, seed: number): Prompts {
  const longest = Math.min(prefillLength, contextLength - DECODE_STEPS);
  return { seeds: [seed], promptTokens: Math.max(1, longest - (seed % 8)), decodeSteps: DECODE_STEPS };
}

function freeRun({ prefillLength, contextLength }: Plan, seed: number): Pick<GateRequest, 'seeds' | 'promptTokens'> {
  // The first of the greedy tokens is the prefill's.
  const room = contextLength - POLICY.model.greedyTokens + 1;
  return { seeds: [seed], promptTokens: Math.max(1, Math.min(RUN_PROMPT_TOKENS, prefillLength, room)) };
}

const PLAN_FAULTS = new Set([
  'plan-invalid',
  'program-invalid',
  'kernel-unknown',
  'shape-unsupported',
  'compile-failed',
  'context-exceeded',
  'feature-unsupported',
  'tensor-misshapen',
  'runtime-fault',
]);

function isPlanFault(error: unknown): error is TilewrightError {
  return TilewrightError.isInstance(error) && PLAN_FAULTS.has(error.code);
}

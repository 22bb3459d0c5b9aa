import { naivePlan } from '@tilewright/kernel-registry';
import type { ScheduleEstimate } from '@tilewright/npu-runtime';
import { readModelSpec } from '@tilewright/oracle';
import { type ModelSpec, type OptimizationSkill, type Plan, type Target, TilewrightError } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { chosenSkills, chosenTarget } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';
import { resolveModel } from '../model/resolve-model.ts';
import { type EstimatedAttempt, optimizedPlan } from './optimized-plan.ts';
import { type PlanError, planError, type UnmeasuredShape, unmeasuredShapes } from './plan-error.ts';
import { planEstimate } from './plan-estimate.ts';
import { type SectionTimes, sectionTimes } from './section-times.ts';

export interface EstimateRequest {
  /** A model in any form; of it the configuration is enough. */
  readonly model: string;
  /** Where there is none: what the user's configuration says, else the default one. */
  readonly target?: string;
  /** Tokens of the prompt; by default 2048, or what the model takes. */
  readonly promptTokens?: number;
  /** Tokens in the sequence when a token is decoded; by default one more than the prompt. */
  readonly contextTokens?: number;
  /** Whether to estimate also what the optimisation skills make of it. */
  readonly optimize: boolean;
  /** Skills beside the built-in ones. */
  readonly skills: readonly string[];
}

/** A plan's times, all estimates of the target in microseconds. */
export interface PlanTimes {
  readonly timeToFirstTokenUs: number;
  readonly decodeTokenUs: number;
  readonly decodeTokensPerSecond: number;
  /** Weights written once, on their first use; not part of the other times. */
  readonly firstUseUs: number;
  /** How far the times may be off, as shares; null for a target whose errors nobody recorded. */
  readonly error: Omit<PlanError, 'dispatches'> | null;
  readonly sections: readonly SectionTimes[];
  /** Shapes without a published row within a factor of two: there the error is a guess. */
  readonly unmeasured: readonly UnmeasuredShape[];
}

/** What the skills made of the naive plan, judged by estimates alone: no gate has seen it. */
export interface OptimizedTimes extends PlanTimes {
  readonly attempts: readonly EstimatedAttempt[];
  /** Naive time over optimised time. */
  readonly gain: { readonly timeToFirstToken: number; readonly decodeToken: number; readonly prefill: number };
}

/** All times are estimates of the target, in microseconds. */
export interface EstimateResult extends PlanTimes {
  readonly timing: 'estimate';
  readonly model: { readonly name: string; readonly path: string; readonly spec: ModelSpec };
  readonly target: { readonly id: string; readonly device: string };
  readonly promptTokens: number;
  /** What the prompt is padded to. */
  readonly prefillLength: number;
  readonly contextTokens: number;
  /** Null unless it was asked for. */
  readonly optimized: OptimizedTimes | null;
  /** Wall-clock time of the estimation itself. */
  readonly elapsedMs: number;
}

/** The prompt length of the published figures. */
const USUAL_PROMPT_TOKENS = 2048;

/** What the naive plan of a model would take on a target, and an optimised one, from its configuration alone. */
export async function estimate(request: EstimateRequest, context: CommandContext): Promise<EstimateResult> {
  const startedAt = performance.now();
  const { surroundings, signal, progress } = context;
  const { path, name } = await resolveModel(request.model, context, 'config');
  const spec = await readModelSpec(path);
  const { value: target } = await chosenTarget(request.target, await loadConfig(surroundings.cwd));
  const { promptTokens, contextTokens } = lengths(request, spec);

  progress.step('planning');
  const plan = naivePlan(spec, target.device, { prefillLength: promptTokens, contextLength: contextTokens });
  const times = (candidate: Plan): Promise<ScheduleEstimate> =>
    planEstimate(candidate, target, { promptTokens, contextTokens }, { signal });
  progress.step(`compiling and estimating for ${target.device.name}`);
  const schedule = await times(plan);
  return {
    timing: 'estimate',
    model: { name, path, spec },
    target: { id: target.id, device: target.device.name },
    promptTokens,
    prefillLength: plan.prefillLength,
    contextTokens,
    ...planTimes(schedule, plan, target),
    optimized: request.optimize ? await optimized(request, plan, schedule, target, times, context) : null,
    elapsedMs: performance.now() - startedAt,
  };
}

async function optimized(
  request: EstimateRequest,
  plan: Plan,
  schedule: ScheduleEstimate,
  target: Target,
  estimate: (plan: Plan) => Promise<ScheduleEstimate>,
  { surroundings, progress, signal }: CommandContext,
): Promise<OptimizedTimes> {
  const loaded = await chosenSkills(request.skills, await loadConfig(surroundings.cwd));
  const skills = loaded.flatMap(({ value }): OptimizationSkill[] => (value.kind === 'optimization' ? [value] : []));
  const found = await optimizedPlan({
    ...{ plan, schedule, target, skills, estimate, signal },
    onStep: (step) => progress.step(step),
  });
  return {
    ...planTimes(found.schedule, found.plan, target),
    attempts: found.attempts,
    gain: {
      timeToFirstToken: schedule.timeToFirstTokenUs / found.schedule.timeToFirstTokenUs,
      decodeToken: schedule.decodeTokenUs / found.schedule.decodeTokenUs,
      prefill: schedule.prefill.us / found.schedule.prefill.us,
    },
  };
}

function planTimes(schedule: ScheduleEstimate, plan: Plan, target: Target): PlanTimes {
  const { timeToFirstTokenUs, decodeTokenUs, decodeTokensPerSecond, firstUseUs } = schedule;
  const error = planError(plan, schedule, target);
  return {
    ...{ timeToFirstTokenUs, decodeTokenUs, decodeTokensPerSecond, firstUseUs },
    error:
      error === null
        ? null
        : { timeToFirstTokenShare: error.timeToFirstTokenShare, decodeTokenShare: error.decodeTokenShare },
    sections: [schedule.prefill, schedule.decode, schedule.head].map((section) => sectionTimes(section, plan, error)),
    unmeasured: unmeasuredShapes(plan),
  };
}

function lengths(request: EstimateRequest, spec: ModelSpec): { promptTokens: number; contextTokens: number } {
  const promptTokens = request.promptTokens ?? Math.min(USUAL_PROMPT_TOKENS, spec.maxPositions);
  const contextTokens = request.contextTokens ?? Math.min(promptTokens + 1, spec.maxPositions);
  for (const [field, value] of [
    ['--seq', promptTokens],
    ['--context', contextTokens],
  ] as const) {
    if (value <= spec.maxPositions) continue;
    throw new TilewrightError(
      'context-exceeded',
      `${field} is ${value}, and this model takes at most ${spec.maxPositions} tokens.`,
      `Give at most ${spec.maxPositions}.`,
      { field, expected: spec.maxPositions, got: value },
    );
  }
  if (contextTokens < promptTokens) {
    throw new TilewrightError(
      'usage',
      `--context ${contextTokens} is shorter than the prompt of ${promptTokens} tokens.`,
      'Give a context that holds the prompt.',
      { field: '--context', expected: promptTokens, got: contextTokens },
    );
  }
  return { promptTokens, contextTokens };
}

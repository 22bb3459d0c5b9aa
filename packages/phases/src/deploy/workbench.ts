import { digest } from '@tilewright/gates';
import { lowerPlan } from '@tilewright/kernel-registry';
import { deployModel, estimateSchedule, type ScheduleEstimate } from '@tilewright/npu-runtime';
import type { Compiled, DeployedModel, LoweredPlan, Plan, Profile, Target, WeightSource } from '@tilewright/spec';
import { type Clock, measurePlan, reportedTiming } from '../time/measure-plan.ts';
import { estimateOf, type PlanTiming } from '../time/plan-timing.ts';

export interface CompiledPlan {
  readonly planDigest: string;
  readonly lowered: LoweredPlan;
  readonly compiled: Compiled;
}

/** What can be told of a plan without running it. */
export interface PlanPreview {
  readonly dispatches: number;
  /** Null where the target cannot estimate without running. */
  readonly times: { readonly prefillUs: number; readonly tokenUs: number } | null;
}

interface Built {
  readonly planDigest: string;
  readonly deployed: DeployedModel;
}

/** The plan that stands and the one that is tried. */
const COMPILED_PLANS_KEPT = 2;

export interface WorkbenchOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/** Turns plans into models that run on the target and into times, and keeps what phases ask for again. */
export class Workbench {
  readonly #target: Target;
  readonly #weights: WeightSource;
  readonly #clock: Clock;
  readonly #call: { readonly signal?: AbortSignal };
  /** Oldest use first. */
  readonly #compiled = new Map<string, CompiledPlan>();
  readonly #timings = new Map<string, PlanTiming>();
  #built: Built | null = null;

  constructor(target: Target, weights: WeightSource, { clock, signal }: WorkbenchOptions = {}) {
    this.#target = target;
    this.#weights = weights;
    this.#clock = clock ?? (() => performance.now());
    this.#call = signal ? { signal } : {};
  }

  /** Lowers, compiles and opens. Throws `plan-invalid`, `CompileError` and what the target throws. */
  async build(plan: Plan): Promise<DeployedModel> {
    const planDigest = digest(plan);
    if (this.#built?.planDigest === planDigest) return this.#built.deployed;
    const { compiled } = await this.compile(plan);
    await this.close();
    const deployed = await deployModel({
      ...{ plan, compiled, target: this.#target, weights: this.#weights, clock: this.#clock },
      ...this.#call,
    });
    this.#built = { planDigest, deployed };
    return deployed;
  }

  /** Lowers and compiles. Throws as `build` does. */
  async compile(plan: Plan): Promise<CompiledPlan> {
    const planDigest = digest(plan);
    const known = this.#compiled.get(planDigest);
    this.#compiled.delete(planDigest);
    const found = known ?? (await this.#compile(plan, planDigest));
    this.#compiled.set(planDigest, found);
    for (const oldest of this.#compiled.keys()) {
      if (this.#compiled.size <= COMPILED_PLANS_KEPT) break;
      this.#compiled.delete(oldest);
    }
    return found;
  }

  /**
   * The time of a full prefill and of one token: measured where the target measures, else estimated, without
   * running anything where it can. Throws as `build` does.
   */
  async time(plan: Plan): Promise<PlanTiming> {
    const planDigest = digest(plan);
    const timing = this.#timings.get(planDigest) ?? (await this.#time(plan));
    this.#timings.set(planDigest, timing);
    return timing;
  }

  /** Where the time of one full prefill and one decode step goes. */
  async profile(plan: Plan): Promise<Profile> {
    return (await this.time(plan)).profile;
  }

  /** The estimate of a whole pass by its steps; null where the target measures, or estimates only as it runs. */
  async estimate(plan: Plan): Promise<ScheduleEstimate | null> {
    if (this.#target.timing === 'measurement') return null;
    const { lowered, compiled } = await this.compile(plan);
    const dispatchEstimates = await this.#target.estimate?.(compiled, this.#call);
    if (dispatchEstimates === undefined) return null;
    return estimateSchedule({ plan, lowered, dispatchEstimates, device: this.#target.device });
  }

  /**
   * Lowers, compiles, and estimates, and keeps nothing: what is built and compiled for the phases stays as it is.
   * Throws as `build` does.
   */
  async preview(plan: Plan, signal?: AbortSignal): Promise<PlanPreview> {
    const planDigest = digest(plan);
    const call = signal ? { signal: AbortSignal.any([signal, ...Object.values(this.#call)]) } : this.#call;
    const { lowered, compiled } = this.#compiled.get(planDigest) ?? (await this.#compile(plan, planDigest, call));
    const dispatches = lowered.dispatches.length;
    if (this.#target.timing === 'measurement') return { dispatches, times: null };
    const known = this.#timings.get(planDigest);
    if (known) return { dispatches, times: { prefillUs: known.timeToFirstToken.us, tokenUs: known.token.us } };
    const dispatchEstimates = await this.#target.estimate?.(compiled, call);
    if (dispatchEstimates === undefined) return { dispatches, times: null };
    const { device } = this.#target;
    const { timeToFirstTokenUs, decodeTokenUs } = estimateSchedule({ plan, lowered, dispatchEstimates, device });
    return { dispatches, times: { prefillUs: timeToFirstTokenUs, tokenUs: decodeTokenUs } };
  }

  async close(): Promise<void> {
    const built = this.#built;
    this.#built = null;
    await built?.deployed.close();
  }

  async #compile(
    plan: Plan,
    planDigest: string,
    call: { readonly signal?: AbortSignal } = this.#call,
  ): Promise<CompiledPlan> {
    const lowered = lowerPlan(plan, this.#target.device);
    return { planDigest, lowered, compiled: await this.#target.compile(lowered, call) };
  }

  async #time(plan: Plan): Promise<PlanTiming> {
    const { signal } = this.#call;
    if (this.#target.timing === 'measurement') {
      return measurePlan(await this.build(plan), plan, signal);
    }
    const estimate = await this.estimate(plan);
    if (estimate === null) return reportedTiming(await this.build(plan), plan, signal);
    const { prefill, decode, head, timeToFirstTokenUs, decodeTokenUs } = estimate;
    return {
      timeToFirstToken: estimateOf(timeToFirstTokenUs),
      token: estimateOf(decodeTokenUs),
      profile: { entries: [...prefill.entries, ...decode.entries, ...head.entries] },
    };
  }
}

import { digest } from '@tilewright/gates';
import { lowerPlan } from '@tilewright/kernel-registry';
import { deployModel, estimateSchedule } from '@tilewright/npu-runtime';
import type { Compiled, DeployedModel, LoweredPlan, Plan, Profile, Target, WeightSource } from '@tilewright/spec';

interface Built {
  readonly planDigest: string;
  readonly lowered: LoweredPlan;
  readonly compiled: Compiled;
  readonly deployed: DeployedModel;
}

/** Turns plans into models that run on the target, and keeps the last one: phases use the same again. */
export class Workbench {
  readonly #target: Target;
  readonly #weights: WeightSource;
  readonly #call: { readonly signal?: AbortSignal };
  #built: Built | null = null;

  constructor(target: Target, weights: WeightSource, signal: AbortSignal | undefined) {
    this.#target = target;
    this.#weights = weights;
    this.#call = signal ? { signal } : {};
  }

  /** Lowers, compiles and opens. Throws `plan-invalid`, `CompileError` and what the target throws. */
  async build(plan: Plan): Promise<DeployedModel> {
    return (await this.#build(plan)).deployed;
  }

  /** Where the time of one full prefill and one decode step goes; null if the target makes no estimates. */
  async profile(plan: Plan): Promise<Profile | null> {
    const { lowered, compiled } = await this.#build(plan);
    const dispatchEstimates = await this.#target.estimate?.(compiled, this.#call);
    if (dispatchEstimates === undefined) return null;
    const { prefill, decode, head } = estimateSchedule({
      plan,
      lowered,
      dispatchEstimates,
      device: this.#target.device,
    });
    return { entries: [...prefill.entries, ...decode.entries, ...head.entries] };
  }

  async close(): Promise<void> {
    const built = this.#built;
    this.#built = null;
    await built?.deployed.close();
  }

  async #build(plan: Plan): Promise<Built> {
    const planDigest = digest(plan);
    if (this.#built?.planDigest === planDigest) return this.#built;
    await this.close();
    const lowered = lowerPlan(plan, this.#target.device);
    const compiled = await this.#target.compile(lowered, this.#call);
    const deployed = await deployModel({
      ...{ plan, compiled, target: this.#target, weights: this.#weights },
      ...this.#call,
    });
    this.#built = { planDigest, lowered, compiled, deployed };
    return this.#built;
  }
}

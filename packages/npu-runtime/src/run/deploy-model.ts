import {
  type Compiled,
  type DeployedModel,
  type FusedTaps,
  layerTap,
  MODEL_TAPS,
  type Plan,
  type PlanSection,
  type SessionOptions,
  type Target,
  TilewrightError,
  throwIfAborted,
  type WeightSource,
} from '@tilewright/spec';
import { WeightStore } from '../weights/weight-store.ts';
import { NpuSequence } from './deployed-sequence.ts';
import { SectionRunner } from './section-runner.ts';

export interface DeployRequest {
  readonly plan: Plan;
  /** What `target` compiled from the lowered plan. */
  readonly compiled: Compiled;
  readonly target: Target;
  /** Not closed by the deployment. */
  readonly weights: WeightSource;
  readonly execution?: NonNullable<SessionOptions['execution']>;
  /** How many bytes of packed weights are kept on the host. Default 2 GiB. */
  readonly packedWeightBytes?: number;
  /** What the host's work goes by where the target measures, in milliseconds. Default `performance.now`. */
  readonly clock?: () => number;
  readonly signal?: AbortSignal;
}

const DEFAULT_PACKED_WEIGHT_BYTES = 2 ** 31;

/**
 * Opens a session on the target and makes the compiled plan a model that runs: the same taps as the oracle's,
 * weights read and packed when they are first needed. Throws what `Target.open` throws; `usage` where the
 * compiled plan is another target's.
 */
export async function deployModel(request: DeployRequest): Promise<DeployedModel> {
  const { plan, compiled, target, signal } = request;
  throwIfAborted(signal);
  if (compiled.target !== target.id) {
    throw new TilewrightError(
      'usage',
      `The plan was compiled by ${compiled.target}, and is to run on ${target.id}.`,
      'Compile it with the target that runs it.',
      { expected: target.id, got: compiled.target },
    );
  }
  const session = await target.open(compiled, {
    ...(signal === undefined ? {} : { signal }),
    ...(request.execution === undefined ? {} : { execution: request.execution }),
  });
  const weights = new WeightStore(request.weights, request.packedWeightBytes ?? DEFAULT_PACKED_WEIGHT_BYTES);
  const hostClock = target.timing === 'measurement' ? (request.clock ?? (() => performance.now())) : null;
  const runners = { plan, lowered: compiled.lowered, device: target.device, session, weights, hostClock };
  const prefill = new SectionRunner('prefill', runners);
  const decode = new SectionRunner('decode', runners);
  const head = new SectionRunner('head', runners);
  const tapNames = new Set<string>(MODEL_TAPS);
  for (const tap of ['input', ...prefill.layerTaps(), ...decode.layerTaps()]) {
    for (let layer = 0; layer < plan.model.layers; layer++) tapNames.add(layerTap(layer, tap));
  }
  const exclusive = oneAtATime();
  return {
    model: plan.model,
    taps: (section) => (section === 'prefill' ? prefill : decode).layerTaps(),
    inside: (section) => fusedTaps(plan.sections[section]),
    start: () => new NpuSequence({ plan, weights, prefill, decode, head, tapNames, exclusive }),
    close: () => session.close(),
  };
}

/** What the launches of a section keep to themselves, by what they compute. */
function fusedTaps({ layer }: PlanSection): readonly FusedTaps[] {
  return layer.flatMap((step) =>
    step.kind === 'host'
      ? []
      : step.launches.flatMap(({ computes, inside = [] }) =>
          computes === null || inside.length === 0 ? [] : [{ tap: computes, inside }],
        ),
  );
}

/** Runs pieces of work one after another, whoever asks; one that fails does not stop the next. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
}

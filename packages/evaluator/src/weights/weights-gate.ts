import { cosine, rootMeanSquare, standardDeviation } from '@tilewright/gates';
import { deployModel } from '@tilewright/npu-runtime';
import { createOracle, type OpenModel } from '@tilewright/oracle';
import {
  type Compiled,
  type DeployedModel,
  type GateFailure,
  type GateFigure,
  type GateReport,
  layerOps,
  layerWeight,
  type ModelSpec,
  type Oracle,
  type Plan,
  type SeededRandom,
  seededRandom,
  type Target,
  type Tensor,
  throwIfAborted,
} from '@tilewright/spec';
import { ownReport } from '../judgement/own-report.ts';
import { perturbedWeights } from './perturbed-weights.ts';

/** Weights that are perturbed, one at a time. */
const PLACES = 3;
/** Weights that are tried with the oracle alone until that many are found whose change shows. */
const TRIED = 24;
const PROMPT_TOKENS = 7;
/** A change shows if it is at least this much of the logits' spread: several times what roundings are. */
const SHOWS = 0.5;
/** Cosine of both sides' changes, at least. Roundings of 0.15 of the spread on either side leave 0.92 of a change that just shows. */
const SAME_DIRECTION = 0.8;
/** Size of our change in units of the oracle's, within. */
const SAME_SIZE = { least: 0.5, most: 1.7 };

export interface WeightsGateRequest {
  readonly plan: Plan;
  readonly compiled: Compiled;
  readonly target: Target;
  readonly model: Pick<OpenModel, 'spec' | 'weights' | 'oracle'>;
  /** The plan with the weights as they are. */
  readonly deployed: DeployedModel;
  readonly seed: number;
  readonly subjects: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Weights perturbed in one place, in several places in turn: the deployment's logits must change, and as the oracle's
 * do, in prefill and in decode. So what it computes follows from the weights that it is given, in the layers where
 * they are.
 */
export async function weightsGate(request: WeightsGateRequest): Promise<GateReport> {
  const { plan, compiled, target, model, deployed, seed, subjects, signal } = request;
  const started = performance.now();
  const call = signal ? { signal } : {};
  const random = seededRandom(seed);
  const tokens = drawTokens(plan, random);
  const base = { oracle: await logits(model.oracle, tokens, signal), ours: await logits(deployed, tokens, signal) };
  const failures: GateFailure[] = [];
  const figures: GateFigure[] = [];
  let made = 0;
  let places = 0;
  for (const weight of shuffled(layerWeights(model.spec), random).slice(0, TRIED)) {
    throwIfAborted(signal);
    const weights = perturbedWeights(model.weights, weight, random.integer(0, 2 ** 32));
    const reference = await logits(createOracle(model.spec, weights), tokens, signal);
    if (!reference.every((row, step) => shows(row, base.oracle[step] as Tensor))) continue;
    places++;
    const changed = await deployModel({ plan, compiled, target, weights, ...call });
    try {
      const ours = await logits(changed, tokens, signal);
      for (const [step, section] of ['prefill', 'decode'].entries()) {
        const change = compareChanges(
          difference(ours[step] as Tensor, base.ours[step] as Tensor),
          difference(reference[step] as Tensor, base.oracle[step] as Tensor),
        );
        const subject = `${section} logits after a change of ${weight}`;
        made++;
        failures.push(...changeFailures(subject, change));
        figures.push({
          ...{ name: `cosine of both changes, ${section}, ${weight}`, value: change.cosine, unit: '' },
          limit: { at: 'least', value: SAME_DIRECTION },
        });
      }
    } finally {
      await changed.close();
    }
    if (places === PLACES) break;
  }
  return ownReport({
    ...{ gate: 'weights', planned: 2 * PLACES, made, seeds: [seed], subjects, figures, failures, started },
    elements: made * model.spec.vocabularySize,
    passed: `${places} weights, each changed alone, change the logits as they change the oracle's`,
  });
}

/** A prompt and the token after it. */
interface Tokens {
  readonly prompt: readonly number[];
  readonly next: number;
}

function drawTokens({ model, prefillLength, contextLength }: Plan, random: SeededRandom): Tokens {
  const count = Math.max(1, Math.min(PROMPT_TOKENS, prefillLength, contextLength - 1));
  const draw = (): number => random.integer(0, model.vocabularySize);
  return { prompt: Array.from({ length: count }, draw), next: draw() };
}

/** Logits after the prompt, and after the token behind it. */
async function logits(
  side: Oracle | DeployedModel,
  { prompt, next }: Tokens,
  signal: AbortSignal | undefined,
): Promise<readonly Tensor[]> {
  const sequence = side.start();
  const call = signal ? { signal } : {};
  return [await sequence.forward({ tokens: prompt, ...call }), await sequence.forward({ tokens: [next], ...call })];
}

function layerWeights(model: ModelSpec): string[] {
  const layers = Array.from({ length: model.layers }, (_, layer) => layer);
  return layers.flatMap((layer) =>
    layerOps(model).flatMap(({ weights }) => weights.map((weight) => layerWeight(layer, weight))),
  );
}

function shuffled(values: readonly string[], random: SeededRandom): string[] {
  const list = [...values];
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.integer(0, i + 1);
    [list[i], list[j]] = [list[j] as string, list[i] as string];
  }
  return list;
}

function difference(after: Tensor, before: Tensor): Float32Array {
  return after.data.map((value, i) => value - (before.data[i] as number));
}

function shows(after: Tensor, before: Tensor): boolean {
  return rootMeanSquare(difference(after, before)) >= SHOWS * standardDeviation(before.data);
}

interface Change {
  readonly isNone: boolean;
  readonly cosine: number;
  /** Ours in units of the oracle's. */
  readonly size: number;
}

function compareChanges(ours: Float32Array, reference: Float32Array): Change {
  const [ourSize, size] = [rootMeanSquare(ours), rootMeanSquare(reference)];
  return { isNone: ourSize === 0, cosine: cosine(reference, ours), size: ourSize / size };
}

function changeFailures(subject: string, { isNone, cosine, size }: Change): GateFailure[] {
  if (isNone) {
    const message = 'they are the same as before, to the bit';
    return [{ kind: 'stale-output', subject, message, limit: SAME_SIZE.least, value: 0 }];
  }
  if (!Number.isFinite(cosine) || !Number.isFinite(size)) {
    return [{ kind: 'non-finite', subject, message: 'they are not finite', limit: null, value: null }];
  }
  const failures: GateFailure[] = [];
  const message = "they do not change as the oracle's do";
  if (cosine < SAME_DIRECTION) {
    const what = `${message}: cosine`;
    failures.push({ kind: 'tolerance-exceeded', subject, message: what, limit: SAME_DIRECTION, value: cosine });
  }
  if (size < SAME_SIZE.least || size > SAME_SIZE.most) {
    const limit = size < SAME_SIZE.least ? SAME_SIZE.least : SAME_SIZE.most;
    failures.push({ kind: 'tolerance-exceeded', subject, message: `${message}: size`, limit, value: size });
  }
  return failures;
}

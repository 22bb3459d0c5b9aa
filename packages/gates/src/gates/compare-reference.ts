import {
  layerOps,
  layerTap,
  type ModelSpec,
  type Oracle,
  type OracleSequence,
  type ReferenceModel,
  type ReferenceSequence,
  type Tensor,
  throwIfAborted,
} from '@tilewright/spec';
import { POLICY, type Policy } from '../policy/policy.ts';
import { topK } from '../statistics/top-k.ts';
import type { ExpectedTap, Section } from './expected-tap.ts';
import type { GatePrompt } from './gate-request.ts';
import { GreedyComparison } from './greedy-comparison.ts';
import type { Ledger } from './ledger.ts';
import { LogitDistance } from './logit-distance.ts';

/** An implementation of the model to hold the oracle against, and on what. */
export interface ReferenceComparison {
  readonly oracle: Oracle;
  readonly reference: ReferenceModel;
  readonly prompts: readonly GatePrompt[];
  /** Tokens that the reference continues each prompt with; both sides are given them. */
  readonly greedyTokens: number;
  /** `kernels`: every value that the reference shows; `states`: the residual stream and the logits. */
  readonly scope: 'states' | 'kernels';
  /** Positions that are computed at once. Default: as many as take 128 MiB on one side. */
  readonly positionsAtOnce?: number;
  readonly signal?: AbortSignal;
}

/** What the values of the positions that are computed at once may take on one side. */
const BYTES_AT_ONCE = 128 * 1024 ** 2;
const MOST_POSITIONS_AT_ONCE = 512;

/** How many values `compareReference` will compare. */
export function plannedReferenceComparisons(comparison: ReferenceComparison): number {
  const { oracle, prompts, greedyTokens } = comparison;
  const taps = expectedTaps(comparison).length;
  const width = comparison.positionsAtOnce ?? positionsAtOnce(oracle.model, comparison.scope);
  const calls = (tokens: number): number => Math.ceil(tokens / width) + Math.max(0, greedyTokens - 1);
  return prompts.reduce((sum, { tokens }) => sum + calls(tokens.length) * taps, 0);
}

/**
 * Runs every prompt and its greedy continuation on both sides and books every value: some positions at a time, so that neither
 * side ever holds the logits of all. Every element is held to `policy.reference`, predictions to `policy.referenceModel`.
 */
export async function compareReference(comparison: ReferenceComparison, policy: Policy, ledger: Ledger): Promise<void> {
  const { oracle, reference, prompts, greedyTokens, signal } = comparison;
  const expected = expectedTaps(comparison, policy);
  const distance = new LogitDistance(policy.referenceModel);
  const greedy = new GreedyComparison(policy.referenceModel);
  const width = comparison.positionsAtOnce ?? positionsAtOnce(oracle.model, comparison.scope);
  for (const { name, tokens } of prompts) {
    const sides = { oracle: oracle.start(), reference: reference.start() };
    const choices = greedy.start(name);
    const call = async (section: Section, part: readonly number[]): Promise<Logits | null> => {
      throwIfAborted(signal);
      const logits = await compareStep(sides, { section, tokens: part, expected, signal }, ledger);
      if (logits !== null) distance.add(logits.ours, logits.reference);
      return logits;
    };
    let latest: Logits | null = null;
    for (let from = 0; from < tokens.length; from += width) {
      latest = await call('prefill', tokens.slice(from, from + width));
      if (latest === null) break;
    }
    for (let step = 0; step < greedyTokens && latest !== null; step++) {
      choices.add(lastRow(latest.ours), lastRow(latest.reference));
      if (step < greedyTokens - 1) latest = await call('decode', topK(lastRow(latest.reference), 1));
    }
  }
  distance.book(ledger);
  greedy.book(ledger);
}

interface Logits {
  readonly ours: Tensor;
  readonly reference: Tensor;
}

/** One call on both sides, the reference first. Null where the logits cannot be compared. */
async function compareStep(
  sides: { readonly oracle: OracleSequence; readonly reference: ReferenceSequence },
  step: {
    readonly section: Section;
    readonly tokens: readonly number[];
    readonly expected: readonly ExpectedTap[];
    readonly signal: AbortSignal | undefined;
  },
  ledger: Ledger,
): Promise<Logits | null> {
  const { section, tokens, expected, signal } = step;
  const names = new Set(expected.map(({ name }) => name).filter((name) => name !== 'logits'));
  const request = { tokens, taps: names, logits: 'all', ...(signal && { signal }) } as const;
  const truth = new Map<string, Tensor>();
  const reference = await sides.reference.forward({
    ...request,
    onTap: ({ name, value }) => void truth.set(name, value),
  });
  truth.set('logits', reference);
  const places = new Map(expected.map((tap, order) => [tap.name, order]));
  const compared = new Set<string>();
  const settle = (name: string, value: Tensor): void => {
    const [order, theirs] = [places.get(name), truth.get(name)];
    if (order === undefined || theirs === undefined) return;
    ledger.compare(section, order, expected[order], value, theirs);
    compared.add(name);
    truth.delete(name);
  };
  const ours = await sides.oracle.forward({ ...request, onTap: ({ name, value }) => settle(name, value) });
  settle('logits', ours);
  for (const [order, tap] of expected.entries()) {
    if (!compared.has(tap.name)) ledger.misses(section, order, tap);
  }
  return ours.data.length === reference.data.length ? { ours, reference } : null;
}

/** In execution order, of what the reference shows. */
function expectedTaps({ oracle, reference, scope }: ReferenceComparison, policy?: Policy): ExpectedTap[] {
  const { model } = oracle;
  const shown = new Set(reference.taps(scope));
  const outputs = layerOps(model).map(({ output }) => output);
  const layers = Array.from({ length: model.layers }, (_, layer) => outputs.map((kernel) => ({ layer, kernel })));
  const all = [
    { layer: null, kernel: 'embedding' },
    ...layers.flat(),
    ...['final_norm', 'logits'].map((kernel) => ({ layer: null, kernel })),
  ];
  return all
    .map(({ layer, kernel }) => ({ layer, kernel, name: layer === null ? kernel : layerTap(layer, kernel) }))
    .filter(({ name }) => name === 'logits' || shown.has(name))
    .map((tap) => ({ ...tap, rule: 'reference', tolerance: (policy ?? POLICY).reference }));
}

/** At least one; all values of so many positions are within `BYTES_AT_ONCE`, if one position's are. */
export function positionsAtOnce(model: ModelSpec, scope: ReferenceComparison['scope']): number {
  const kernels = layerOps(model).reduce((sum, { outputWidth }) => sum + outputWidth, 0);
  const width = model.vocabularySize + model.layers * (scope === 'kernels' ? kernels : model.hiddenSize);
  const fitting = Math.floor(BYTES_AT_ONCE / (width * Float32Array.BYTES_PER_ELEMENT));
  return Math.min(MOST_POSITIONS_AT_ONCE, Math.max(1, fitting));
}

function lastRow({ shape, data }: Tensor): Float32Array {
  return data.subarray(data.length - data.length / (shape[0] as number));
}

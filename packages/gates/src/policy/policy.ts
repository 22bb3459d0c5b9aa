import type { OpKind } from '@tilewright/spec';
import { digest } from '../digest/digest.ts';

/** Limits for one kind of value. All must hold. */
export interface ToleranceRule {
  /** Per element, in units of the root mean square of the element's row of the reference. */
  readonly absolute: number;
  /** Per element, in units of the reference element's magnitude; added to `absolute`. */
  readonly relative: number;
  /** At most, of the whole tensor: mean |error| / mean |reference|. */
  readonly meanRelativeL1: number;
  /** At least, of the whole tensor (Pearson). */
  readonly correlation: number;
  /** At least, of every row (one position). */
  readonly rowCosine: number;
  readonly reason: string;
}

/** Limits for predictions. Spread is the standard deviation of the oracle's logits at a position. */
export interface ModelRule {
  /** How many first choices are looked at. */
  readonly topK: number;
  /** A logit this close below the last of them counts as one of them, in units of the spread: ranks of near ties mean nothing. */
  readonly tieWidth: number;
  /** Tokens generated greedily by both sides. */
  readonly greedyTokens: number;
  /** At every position, at most: √(2·KL(oracle ‖ deployment)) in units of the spread. */
  readonly maxDivergence: number;
  /** The root mean square of the same over all positions, at most. */
  readonly typicalDivergence: number;
  /** Share of positions at which each side's first choice is among the other's `topK`, at least. */
  readonly topKInclusion: number;
  /** Mean share of the `topK` that both sides have in common, at least. */
  readonly meanTopKOverlap: number;
  /** At every position, at most: how far the oracle prefers its own first choice to ours, in units of the spread. */
  readonly maxPreference: number;
  /** The same at the first greedy token that differs, at most. */
  readonly firstDifferencePreference: number;
  readonly reason: string;
}

export interface Policy {
  readonly version: number;
  readonly kernels: Readonly<Record<OpKind | 'embedding' | 'final-norm' | 'lm-head', ToleranceRule>>;
  /** Values within a block whose input alone is the oracle's. */
  readonly block: ToleranceRule;
  /** Cosine of the block's output per position, by the largest head dimension that it is for; null: any. */
  readonly blockRowCosine: readonly { readonly headDimUpTo: number | null; readonly atLeast: number }[];
  /** Values within the layers in a free run. */
  readonly run: ToleranceRule;
  /** For attention, the product of two activations, and the projections that read them, instead of `block` and `run`. */
  readonly blockNonlinear: ToleranceRule;
  readonly runNonlinear: ToleranceRule;
  readonly logits: ToleranceRule;
  readonly model: ModelRule;
  /** For the oracle itself, beside another implementation of the model in FP32. */
  readonly reference: ToleranceRule;
  readonly referenceModel: ModelRule;
}

const PROJECTION =
  'Published: rtol 0.016, atol 0.0015 to 0.004 for outputs of RMS 1/√K, which is 0.07 to 0.36 of that RMS for K from 2048 to ' +
  '8192; mean relative L1 0.0093 (high precision) to 0.019 (low precision, K = 8192). Trained weights have columns with ' +
  'several times the typical norm, and the error of a column grows with it.';

const NORM =
  'Published: rtol 0.016, atol 0.05 for unit-normal inputs, mean relative L1 0.0042 (rms_norm stores truncate to bf16).';

const projection: ToleranceRule = {
  absolute: 0.25,
  relative: 0.016,
  meanRelativeL1: 0.03,
  correlation: 0.999,
  rowCosine: 0.998,
  reason: PROJECTION,
};

const norm: ToleranceRule = {
  absolute: 0.05,
  relative: 0.016,
  meanRelativeL1: 0.015,
  correlation: 0.9995,
  rowCosine: 0.9995,
  reason: NORM,
};

const addition: ToleranceRule = {
  absolute: 0.05,
  relative: 0.016,
  meanRelativeL1: 0.01,
  correlation: 0.9995,
  rowCosine: 0.9995,
  reason:
    'Published: rtol 0.016, atol 0.05 for unit-normal inputs, mean relative L1 0.0019; twice that where the operands ' +
    'were rounded to bf16 first, more where they cancel.',
};

const NONLINEAR =
  'The product of two activations has long tails: where both factors are large, an error of either shows several times. ' +
  'Attention moves its weight from one position to another when scores that are close change places. What these do, the ' +
  'projection behind them still shows.';

const block: ToleranceRule = {
  absolute: 0.75,
  relative: 0.2,
  meanRelativeL1: 0.15,
  correlation: 0.99,
  rowCosine: 0.96,
  reason:
    'Published: rtol 0.2, atol 0.5, correlation 0.99 for fused builders, cosine 0.99 for a whole block. A block chains about ' +
    'ten roundings, of which attention is the largest (0.43·RMS seen at the output of random models in simulation).',
};

const run: ToleranceRule = {
  absolute: 1.5,
  relative: 0.25,
  meanRelativeL1: 0.4,
  correlation: 0.85,
  rowCosine: 0.85,
  reason:
    'Every layer adds its error: published cosines per layer on hardware are 0.92 to 0.998 at the worst position of models that ' +
    'pass, and 0.85 is called collapse. A wrong tile or head is off by more than the RMS of its row.',
};

/**
 * Every threshold there is, and why it is what it is. Published figures are another project's, from
 * hardware (facts/tolerances.json); they are for unit-normal inputs, so that an absolute tolerance there is
 * one relative to the root mean square here.
 */
export const POLICY: Policy = {
  version: 1,
  kernels: {
    embedding: {
      ...addition,
      reason: 'The host gathers rows and rounds them to bf16: at most half a unit in the last of 8 bits, 0.002.',
    },
    'rms-norm': norm,
    'qk-norm': norm,
    'final-norm': {
      ...norm,
      reason: 'Computed on the host in FP32 from a bf16 residual stream; held to the norm kernel.',
    },
    matmul: projection,
    'lm-head': { ...projection, reason: `${PROJECTION} The LM head is a GEMV, published at 1e-3 and near 0.` },
    'bias-add': addition,
    rope: {
      ...addition,
      reason: 'Published: rtol 0.016, atol 0.05, mean relative L1 0.0028 (truncating stores, bf16 tables).',
    },
    attention: {
      absolute: 0.5,
      relative: 0.016,
      meanRelativeL1: 0.08,
      correlation: 0.995,
      rowCosine: 0.99,
      reason:
        'Published: rtol 0.016, atol 0.1 (0.15 to 0.25 early on) for normal inputs, whose outputs have an RMS of 0.1 to 1; mean ' +
        'relative L1 0.038 to 0.055: the softmax state is kept in bf16. Sharp heads err by more (0.28·RMS seen in simulation).',
    },
    add: addition,
    'silu-mul': {
      absolute: 0.3,
      relative: 0.05,
      meanRelativeL1: 0.05,
      correlation: 0.999,
      rowCosine: 0.999,
      reason:
        'Published for normal inputs: rtol 0.016, atol 0.08 (0.067 just passes), mean relative L1 0.01024. The sigmoid is a hardware ' +
        'tanh in bf16, wrong by an absolute 0.002 or so where it is nearly 0; trained gates are far below zero there, so that its ' +
        'error times gate and up is several times what it is for normal inputs (0.16·RMS and 0.022 seen in simulation).',
    },
  },
  block,
  blockNonlinear: { ...block, absolute: 1.25, relative: 0.3, reason: `${block.reason} ${NONLINEAR}` },
  // Published: 0.99, 0.98 and 0.97. Random models with sharp heads come to 0.986 at one of 61 positions in simulation.
  blockRowCosine: [
    { headDimUpTo: 64, atLeast: 0.975 },
    { headDimUpTo: 128, atLeast: 0.97 },
    { headDimUpTo: null, atLeast: 0.96 },
  ],
  run,
  runNonlinear: {
    ...run,
    absolute: 3,
    meanRelativeL1: 0.6,
    relative: 0.4,
    rowCosine: 0.75,
    reason: `${run.reason} ${NONLINEAR}`,
  },
  logits: {
    absolute: 1.5,
    relative: 0.25,
    meanRelativeL1: 0.35,
    correlation: 0.95,
    rowCosine: 0.9,
    reason:
      'As within the run, but tighter: what is predicted counts. The worst single position published is 0.92 before the head; random models come to 0.94 in simulation.',
  },
  model: {
    topK: 5,
    tieWidth: 0.15,
    greedyTokens: 32,
    maxDivergence: 0.6,
    typicalDivergence: 0.15,
    topKInclusion: 0.95,
    meanTopKOverlap: 0.8,
    maxPreference: 0.75,
    firstDifferencePreference: 0.6,
    reason:
      'Published: 32 greedy tokens; at the first difference each choice must be in the top 5 of the other side, and nothing ' +
      'after it is compared. KL divergence and top 5 at every position hold what greedy tokens alone would let pass. An error ' +
      'of ε times the spread s of the logits makes a KL divergence of about (ε·s)²/2 nats, so that limits on ε hold for flat ' +
      'and sharp predictions alike. In 100 simulated runs of each of seven golden models ε is at most 0.39 at one position and 0.11 over all, ' +
      'and our choice is one that the oracle likes less by at most 0.51 of the spread; in a trained model 0.06, 0.03 and 0.08. ' +
      'The mildest mutants come to 0.06 over all in the trained model, and there it is the layers that give them away.',
  },
  reference: {
    absolute: 1e-3,
    relative: 2e-4,
    meanRelativeL1: 3e-5,
    correlation: 0.99999999,
    rowCosine: 0.9999999,
    reason:
      'Both sides compute in FP32 and differ in the order of their sums. Beside transformers 5.23 and torch 2.15 on a CPU, every kernel ' +
      'of fourteen models: mean relative L1 at most 3.2e-6, an element by at most 2e-5 of the larger of itself and the RMS of its ' +
      'position, 1.8e-4 in 36 layers with channels 300 times the others, correlation and cosine 1 − 2.4e-10.',
  },
  referenceModel: {
    topK: 5,
    tieWidth: 1e-3,
    greedyTokens: 32,
    maxDivergence: 1e-3,
    typicalDivergence: 1e-4,
    topKInclusion: 1,
    meanTopKOverlap: 0.99,
    maxPreference: 1e-3,
    firstDifferencePreference: 1e-3,
    reason:
      'As for `reference`: divergences of 1.4e-5 of the spread at one position and 2.6e-6 over all were the largest. A token that differs ' +
      'must be one that the other side has as a near tie.',
  },
};

/** The digest that verdicts are bound to. */
export function policyDigest(policy: Policy): string {
  return digest(policy);
}

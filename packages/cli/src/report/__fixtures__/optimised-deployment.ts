import { digest, POLICY, policyDigest } from '@tilewright/gates';
import { applyEdits, naivePlan } from '@tilewright/kernel-registry';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import type { ComparisonStatistics, GateReport, Lesson, ModelSpec, OptimizationAttempt, Plan } from '@tilewright/spec';
import { XDNA2 } from '@tilewright/target-xdna2-sim';
import type { ReportInput } from '../report-input.ts';

const MODEL: ModelSpec = {
  specificationVersion: 'v1',
  family: 'llama',
  layers: 2,
  hiddenSize: 256,
  intermediateSize: 768,
  heads: 4,
  keyValueHeads: 2,
  headDim: 64,
  vocabularySize: 512,
  maxPositions: 512,
  rmsNormEpsilon: 1e-5,
  rope: { theta: 10_000, scaling: { type: 'none' } },
  activation: 'silu',
  attention: { mask: 'causal', window: null },
  tiedHead: true,
  bias: { qkv: false, output: false, mlp: false },
  qkNorm: false,
  weightFormat: 'bf16',
  beginOfTextToken: 1,
  endOfTextTokens: [2],
};

const INITIAL: Plan = naivePlan(MODEL, XDNA2, { prefillLength: 128, contextLength: 256 });
const PLAN: Plan = [4, 5].reduce(optimised, INITIAL);
const MODEL_DIGEST = `sha256:${'a'.repeat(64)}`;
const TARGET = 'xdna2-sim';

/** All that the skills of a phase propose, one after the other. */
function optimised(plan: Plan, phase: number): Plan {
  for (const skill of OPTIMIZATION_SKILLS) {
    for (;;) {
      const situation = { phase, plan, device: XDNA2, profile: null, failure: null };
      const [match] = skill.match(situation);
      if (match === undefined) break;
      plan = applyEdits(plan, skill.propose(situation, match).edits);
    }
  }
  return plan;
}

export const STATISTICS: ComparisonStatistics = {
  count: 32_768,
  nonFinite: 0,
  referenceRootMeanSquare: 0.9,
  maxAbsoluteError: 0.04,
  meanAbsoluteError: 0.004,
  maxRelativeError: 0.02,
  meanRelativeL1: 0.0057,
  correlation: 0.99998957,
  minRowCosine: 0.9999785,
};

/** A gate that passes with two comparisons and a figure. */
export function gateReport(phase: number, gate: string, rule: string): GateReport {
  return {
    specificationVersion: 'v1',
    gate,
    phase,
    verdict: 'pass',
    summary: '2 comparisons, all within tolerance',
    policyDigest: policyDigest(POLICY),
    evidence: {
      plannedComparisons: 2,
      madeComparisons: 2,
      comparedElements: 65_536,
      seeds: [phase],
      subjects: { model: MODEL_DIGEST, plan: digest(PLAN), target: TARGET },
      elapsedMs: 6800,
    },
    comparisons: [
      { subject: 'prefill layers.0.q_proj', rule, passed: true, statistics: STATISTICS },
      {
        subject: 'decode layers.1.q_proj',
        rule,
        passed: true,
        statistics: { ...STATISTICS, meanRelativeL1: 0.0244, correlation: 0.99979 },
      },
    ],
    figures: [{ name: 'shared top 5', value: 0.975, unit: 'of choices', limit: { at: 'least', value: 0.8 } }],
    failures: [],
    firstDeviation: null,
  };
}

function attempt(fields: Partial<OptimizationAttempt> & Pick<OptimizationAttempt, 'attempt'>): OptimizationAttempt {
  return {
    phase: 4,
    proposal: 'buffer-object-reuse:prefill-weights',
    skill: 'buffer-object-reuse',
    summary: 'Keep 9 weights of prefill on the device.',
    reason: 'it promises the largest gain',
    cites: [],
    edits: [],
    expectedGainUs: 2350,
    timing: 'estimate',
    beforeUs: 19_330,
    afterUs: 17_515,
    kept: true,
    rejection: null,
    planDigest: digest(PLAN),
    ...fields,
  };
}

const ATTEMPTS: readonly OptimizationAttempt[] = [
  attempt({ attempt: 1 }),
  attempt({
    attempt: 2,
    beforeUs: 17_515,
    afterUs: 18_100,
    kept: false,
    rejection: 'the time rises by 3.3 %',
    cites: ['lesson-7'],
  }),
  attempt({
    attempt: 3,
    proposal: 'authored',
    skill: null,
    expectedGainUs: null,
    beforeUs: 17_515,
    afterUs: null,
    kept: false,
    rejection: 'L1 of core (3, 2) is exceeded',
  }),
  attempt({ attempt: 4, phase: 5, beforeUs: 14_224, afterUs: 9612 }),
];

const LESSON: Lesson = {
  specificationVersion: 'v1',
  id: 'kept-buffer-object-reuse-prefill-weights',
  kind: 'kept',
  statement: 'Weights that stay on the device made prefill faster.',
  phase: 4,
  skill: 'buffer-object-reuse',
  proposal: 'buffer-object-reuse:prefill-weights',
  learntOn: { target: TARGET, modelFamily: 'llama', modelDigest: MODEL_DIGEST, prefillLength: 128, contextLength: 256 },
  evidence: ['19.3 ms before and 17.5 ms after (estimates)'],
  gain: 0.094,
  recordedAt: '2026-01-05T10:02:00.000Z',
};

/** A deployment that went through all phases, with every part of the page. The times are made up. */
export const OPTIMISED: ReportInput = {
  manifest: {
    specificationVersion: 'v1',
    createdAt: '2026-01-05T10:00:00.000Z',
    updatedAt: '2026-01-05T10:05:00.000Z',
    tilewrightVersion: '0.1.0',
    model: { directory: '/models/small-llama', digest: MODEL_DIGEST },
    target: { id: TARGET, module: TARGET },
    agent: { id: 'rules', module: 'rules' },
    planDigest: digest(PLAN),
    policyDigest: policyDigest(POLICY),
    seed: 0,
    status: 'accepted',
    phases: [
      { phase: 1, title: 'Validate every kernel', status: 'passed', report: 'gates/phase-1.json', elapsedMs: 7300 },
      { phase: 4, title: 'Optimise prefill', status: 'passed', report: 'gates/phase-4.json', elapsedMs: 41_000 },
      { phase: 5, title: 'Optimise decode', status: 'passed', report: null, elapsedMs: 33_000 },
    ],
  },
  gateReports: [gateReport(1, 'kernels', 'kernels.matmul'), gateReport(4, 'model', 'run')],
  plan: PLAN,
  initialPlan: INITIAL,
  trajectory: { specificationVersion: 'v1', attempts: ATTEMPTS },
  profile: {
    specificationVersion: 'v1',
    timing: 'estimate',
    planDigest: digest(PLAN),
    promptTokens: 128,
    decodeLength: 129,
    timeToFirstTokenUs: 17_515,
    decodeTokensPerSecond: 104.03,
    sections: [
      {
        section: 'prefill',
        us: 17_000,
        dispatches: 6,
        steps: [
          { step: 'embedding', calls: 1, bytes: 4096, runUs: 0, transferUs: 9.2, hostUs: 76, boundBy: 'host-step' },
          { step: 'attention', calls: 2, bytes: 786_432, runUs: 2440, transferUs: 120, hostUs: 0, boundBy: 'compute' },
        ],
      },
    ],
    deviceShare: { prefillMultiplyAccumulates: 1, decodeMultiplyAccumulates: 0.98, prefillTime: 0.7, decodeTime: 0.6 },
    sustained: {
      asPrinted: { prefill: 0.031, decode: 0.121 },
      trueWidth: { prefill: 0.034, decode: 0.125 },
      reference: 'Llama-3.2-1B, 1.30 s and 92 ms per token',
    },
  },
  evaluation: {
    specificationVersion: 'v1',
    verdict: 'pass',
    summary: '1 gate with 2 comparisons passes, and all claims agree',
    evaluatedAt: '2026-01-05T10:05:00.000Z',
    subjects: { model: MODEL_DIGEST, plan: digest(PLAN), policy: policyDigest(POLICY), target: TARGET },
    seeds: [1_568_938_424, 2_476_446_130],
    gates: [gateReport(1, 'kernels', 'kernels.matmul')],
    performance: { timing: 'estimate', promptTokens: 128, timeToFirstTokenUs: 17_515, decodeTokensPerSecond: 104.03 },
    claims: [{ claim: 'target of the deployment', claimed: TARGET, found: TARGET, agrees: true }],
  },
  lessons: [LESSON],
  generatedAt: '2026-01-05T10:06:00.000Z',
};

/** The same before anything but the manifest was written. */
export const BEGUN: ReportInput = {
  ...OPTIMISED,
  manifest: { ...OPTIMISED.manifest, planDigest: null, status: 'running' },
  gateReports: [],
  plan: null,
  initialPlan: null,
  trajectory: null,
  profile: null,
  evaluation: null,
  lessons: null,
};

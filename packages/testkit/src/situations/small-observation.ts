import type { Diagnostic, FaultDump, GateReport, Observation } from '@tilewright/spec';
import { smallSituation } from './small-situation.ts';

/** What an agent sees at the beginning of a phase on the small plan. Spread it and add what a test is about. */
export function smallObservation(phase: number): Observation {
  return {
    specificationVersion: 'v1',
    situation: smallSituation(phase),
    ...{
      attempt: 0,
      steps: [],
      proposals: [],
      findings: [],
      reports: [],
      instruction: null,
      lessons: [],
      attempts: [],
    },
    origin: {
      ...{ target: 'scripted', modelFamily: 'llama', modelDigest: 'sha256:0' },
      ...{ prefillLength: 16, contextLength: 32 },
    },
  };
}

/** A report of a gate that found the first add of the small plan wrong in layer 1. */
export function failedReport(phase: number): GateReport {
  const statistics = {
    ...{ count: 1024, nonFinite: 0, referenceRootMeanSquare: 1, maxAbsoluteError: 3, meanAbsoluteError: 0.8 },
    ...{ maxRelativeError: Number.POSITIVE_INFINITY, meanRelativeL1: 0.9, correlation: 0.1, minRowCosine: -0.2 },
  };
  const comparison = (layer: number, passed: boolean): GateReport['comparisons'][number] => ({
    ...{ subject: `prefill layers.${layer}.attention_residual`, rule: 'add', passed },
    statistics: passed ? { ...statistics, maxRelativeError: 0, meanRelativeL1: 0.001, correlation: 1 } : statistics,
  });
  return {
    ...{ specificationVersion: 'v1', gate: 'kernels', phase, verdict: 'fail', policyDigest: 'sha256:0' },
    summary: '1 of 2 comparisons is outside its tolerance.',
    evidence: {
      ...{ plannedComparisons: 2, madeComparisons: 2, comparedElements: 2048, seeds: [1], elapsedMs: 10 },
      subjects: { plan: 'sha256:1' },
    },
    comparisons: [comparison(0, true), comparison(1, false)],
    figures: [{ name: 'KL divergence', value: Number.NaN, unit: 'nat', limit: { at: 'most', value: 0.01 } }],
    failures: [
      {
        ...{ kind: 'tolerance-exceeded', subject: 'prefill layers.1.attention_residual', limit: 0.002, value: 0.9 },
        message: 'The mean relative L1 is 0.9 and may be 0.002.',
      },
    ],
    firstDeviation: { layer: 1, kernel: 'attention_residual', section: 'prefill' },
  };
}

/** A diagnostic of a compiler about the first dispatch of the small plan. */
export function smallDiagnostic(): Diagnostic {
  return {
    ...{ code: 'l1-exceeded', dispatch: 'prefill/attention_residual', launch: 'add', resource: 'L1 of core (0, 2)' },
    ...{ needed: 70_000, available: 65_536, unit: 'bytes', place: { column: 0, row: 2 } },
    message: 'The buffers of the herd add take 70000 bytes.',
    cure: 'Use a smaller tile.',
  };
}

/** The state of an array in which two actors wait for each other and `others` wait for something else. */
export function smallFaultDump(others: number): FaultDump {
  const waiting = (actor: string, waitsOn: string): FaultDump['actors'][number] => ({
    ...{ actor, state: 'waiting', waitsOn, at: 'for i, get a' },
  });
  return {
    actors: [
      { actor: 'shim 0 MM2S 0', state: 'done', waitsOn: null, at: 'end' },
      ...Array.from({ length: others }, (_, index) => waiting(`core (${index}, 2)`, 'channel a_l1 from shim 0')),
      waiting('core (0, 3)', 'channel b_l1 from memtile 0'),
      waiting('memtile 0 MM2S 0', 'lock b_full[0] of core (0, 3)'),
    ],
    chain: { actors: ['core (0, 3)', 'memtile 0 MM2S 0'], circle: true },
    locks: [{ name: 'b_full', place: 'memtile 0', value: 0 }],
    channels: [
      { name: 'a_l1', elementsPut: 128, elementsTaken: 64 },
      { name: 'b_l1', elementsPut: 64, elementsTaken: 64 },
    ],
  };
}

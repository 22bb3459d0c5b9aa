import { POLICY, policyDigest } from '@tilewright/gates';
import type { GateFailure, GateFigure, GateReport, LoweredPlan, Plan } from '@tilewright/spec';
import { requiredHeadWork, requiredLayerWork } from './required-work.ts';
import { type SectionWork, sectionWork } from './section-work.ts';

/**
 * Whether the work is done on the device: all projections and the prefill's attention, in Programs that
 * do as much as the model needs. The counts are per layer; every layer runs the same steps.
 */
export function deviceGate(plan: Plan, lowered: LoweredPlan, subjects: Readonly<Record<string, string>>): GateReport {
  const started = performance.now();
  const { model, prefillLength } = plan;
  const works = [
    sectionWork(plan, lowered, 'prefill', requiredLayerWork(model, 'prefill', prefillLength)),
    sectionWork(plan, lowered, 'decode', requiredLayerWork(model, 'decode', 1)),
    sectionWork(plan, lowered, 'head', [requiredHeadWork(model)]),
  ];
  const failures: GateFailure[] = [...hostAttention(plan), ...works.flatMap((work) => work.failures)];
  const planned = works.reduce((total, work) => total + work.required, 0);
  const verdict = failures.length === 0 ? 'pass' : 'fail';
  return {
    specificationVersion: 'v1',
    gate: 'device',
    phase: 7,
    verdict,
    summary:
      failures[0] === undefined
        ? `all ${planned} matrix products and attentions of a layer and the head are launches on the device`
        : `${failures[0].subject}: ${failures[0].message}`,
    policyDigest: policyDigest(POLICY),
    evidence: {
      ...{ plannedComparisons: planned, madeComparisons: planned, comparedElements: 0, seeds: [], subjects },
      elapsedMs: performance.now() - started,
    },
    comparisons: [],
    figures: works.flatMap(figures),
    failures,
    firstDeviation: null,
  };
}

/** A prefill has no business with the host's attention, which is for one position of a decode step. */
function hostAttention(plan: Plan): GateFailure[] {
  const { once, layer } = plan.sections.prefill;
  return [...once, ...layer].flatMap((step) =>
    step.kind === 'host' && step.operation.name === 'decode-attention'
      ? [
          {
            ...{ kind: 'not-on-device' as const, subject: `prefill ${step.id}`, limit: 0, value: 1 },
            message: 'the prefill leaves its attention to the host',
          },
        ]
      : [],
  );
}

function figures(work: SectionWork): GateFigure[] {
  const at = work.section === 'head' ? 'per position' : 'per layer';
  return [
    {
      name: `${work.section}: multiply-accumulates on the device`,
      value: work.foundMultiplyAccumulates,
      unit: at,
      limit: { at: 'least', value: work.requiredMultiplyAccumulates },
    },
    {
      name: `${work.section}: bytes read from DDR`,
      value: work.foundBytesRead,
      unit: at,
      limit: { at: 'least', value: work.requiredBytesRead },
    },
  ];
}

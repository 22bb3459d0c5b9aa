import type { GateReport } from '@tilewright/spec';
import { ownReport } from '../judgement/own-report.ts';
import type { RunAudit } from './run-audit.ts';

/**
 * Whether what the target answered are answers to what it was asked: no output was left from before a run, each
 * follows from the inputs of its run, and nothing else was written. Planned is a probe of every dispatch.
 */
export function runsGate(
  audits: readonly RunAudit[],
  dispatches: number,
  subjects: Readonly<Record<string, string>>,
): GateReport {
  const started = performance.now();
  const sum = (of: (audit: RunAudit) => number): number => audits.reduce((total, audit) => total + of(audit), 0);
  const probed = sum((audit) => audit.probed.size);
  const runs = sum((audit) => audit.runs);
  const elements = sum((audit) => audit.poisonedElements);
  return ownReport({
    ...{ gate: 'runs', planned: dispatches, made: probed, elements, subjects, started },
    seeds: audits.map(({ seed }) => seed),
    passed: `${runs} runs wrote all ${elements} elements that were poisoned before them; ${probed} dispatches answer to their inputs`,
    figures: [
      { name: 'runs watched', value: runs, unit: '', limit: null },
      { name: 'dispatches probed', value: probed, unit: '', limit: { at: 'least', value: dispatches } },
      { name: 'elements poisoned before a run', value: elements, unit: '', limit: null },
    ],
    failures: audits.flatMap(({ failures }) => failures),
  });
}

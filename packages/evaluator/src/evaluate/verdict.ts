import type { ClaimComparison, EvaluationReport, GateReport } from '@tilewright/spec';

/** Fails on a failed gate or a false claim; is inconclusive if any gate is; else passes. */
export function verdictOf(
  gates: readonly GateReport[],
  claims: readonly ClaimComparison[],
): EvaluationReport['verdict'] {
  if (gates.some(({ verdict }) => verdict === 'fail') || claims.some(({ agrees }) => !agrees)) return 'fail';
  return gates.every(({ verdict }) => verdict === 'pass') && gates.length > 0 ? 'pass' : 'inconclusive';
}

/** The verdict in a sentence: the first thing that is wrong, or what was found to be right. */
export function summarise(
  verdict: EvaluationReport['verdict'],
  gates: readonly GateReport[],
  claims: readonly ClaimComparison[],
): string {
  const comparisons = gates.reduce((sum, { evidence }) => sum + evidence.madeComparisons, 0);
  if (verdict === 'pass') return `${gates.length} gates with ${comparisons} comparisons pass, and all claims agree`;
  const gate = gates.find((report) => report.verdict === 'fail') ?? gates.find((report) => report.verdict !== 'pass');
  if (gate !== undefined) return `${gate.gate}: ${gate.summary}`;
  const claim = claims.find(({ agrees }) => !agrees);
  return claim === undefined ? 'nothing was judged' : `${claim.claim}: claimed ${claim.claimed}, found ${claim.found}`;
}

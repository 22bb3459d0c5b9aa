export { type Claim, type Claims, claimedValue, readClaims } from './claims/read-claims.ts';
export { deviceGate } from './device-work/device-gate.ts';
export { type RequiredWork, requiredHeadWork, requiredLayerWork } from './device-work/required-work.ts';
export { evaluate, evaluator } from './evaluate/evaluate.ts';
export type { Judgement, SealedJudgement } from './judgement/sealed-judgement.ts';
export { renderEvaluationReport } from './report/render-evaluation-report.ts';

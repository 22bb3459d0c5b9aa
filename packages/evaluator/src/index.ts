export { deviceGate } from './device-work/device-gate.ts';
export { type RequiredWork, requiredHeadWork, requiredLayerWork } from './device-work/required-work.ts';
export { evaluate, evaluator } from './evaluate/evaluate.ts';
export { renderEvaluationReport } from './report/render-evaluation-report.ts';

export { deploy } from './deploy/deploy.ts';
export type { DeployRequest, DeployResult } from './deploy/deploy-request.ts';
export { type LoopOutcome, type LoopRequest, runPhaseLoop } from './loop/phase-loop.ts';
export { PHASES } from './phase/phase-definition.ts';
export type { DeployEvent } from './progress/deploy-event.ts';
export { loadDeployment, type StoredDeployment } from './workspace/load-deployment.ts';
export { EVALUATION_FILES, recordVerdict } from './workspace/record-verdict.ts';
export { gateReportFile, WORKSPACE_FILES } from './workspace/workspace-files.ts';
export { type AtomicWrite, atomicWriter, type WriteHook, type WriteStage } from './workspace/write-atomic.ts';

export { type AgentUse, agentUse, type DeploymentAgentUse } from './budget/agent-use.ts';
export { formatCost } from './budget/format-cost.ts';
export { DEFAULT_CONTEXT_LENGTH, DEFAULT_PREFILL_TOKENS, deploy } from './deploy/deploy.ts';
export type { DeployRequest, DeployResult } from './deploy/deploy-request.ts';
export { type FileLessonStoreOptions, fileLessonStore, type LessonStore } from './lessons/lesson-store.ts';
export { type LoopOutcome, type LoopRequest, runPhaseLoop } from './loop/phase-loop.ts';
export { type Replay, replayAttempts, standingAttempts } from './optimize/replay-attempts.ts';
export {
  type HarvestPhase,
  type OptimizationPhase,
  type OraclePhase,
  PHASES,
  type Phase,
  type ValidationPhase,
} from './phase/phase-definition.ts';
export type { OpenReference, ReferenceChoice } from './phase/reference-choice.ts';
export { fromEstimate, performanceProfile } from './profile/performance-profile.ts';
export { sustainedPerformance, type TimedLengths } from './profile/sustained-performance.ts';
export type { DeployEvent } from './progress/deploy-event.ts';
export type { Clock } from './time/measure-plan.ts';
export { estimateOf, isFaster, type TimeFigure } from './time/plan-timing.ts';
export { readTranscript } from './transcript/read-transcript.ts';
export { type AppendLine, lineAppender } from './workspace/append-line.ts';
export { loadDeployment, type StoredDeployment } from './workspace/load-deployment.ts';
export { recordReview } from './workspace/record-review.ts';
export { EVALUATION_FILES, recordVerdict } from './workspace/record-verdict.ts';
export {
  gateReportFile,
  readBaseline,
  readCure,
  readIssues,
  readLessons,
  readProfile,
  readRunner,
  readTrajectory,
  WORKSPACE_FILES,
} from './workspace/workspace-files.ts';
export { type AtomicWrite, atomicWriter, type WriteHook, type WriteStage } from './workspace/write-atomic.ts';

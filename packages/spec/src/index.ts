export type { Agent, DecideOptions, Decision, Observation } from './agent/agent.ts';
export { type AgentUsage, addUsage, NO_USAGE, totalTokens } from './agent/agent-usage.ts';
export type { Budget, BudgetLimit, BudgetLimits } from './agent/budget.ts';
export type { EditPreview, Instruments, KernelQuery, KernelRanking, SkillText } from './agent/instruments.ts';
export type { RecordedReview } from './agent/recorded-review.ts';
export type { Checkpoint, Review, Reviewer } from './agent/reviewer.ts';
export type { Conversation, Json, TranscriptEntry } from './agent/transcript.ts';
export type {
  DeployedForwardRequest,
  DeployedModel,
  DeployedSequence,
  FusedTaps,
  Profile,
  ProfileEntry,
} from './deployment/deployed-model.ts';
export type { DeploymentIssue, DeploymentIssues } from './deployment/deployment-issue.ts';
export type { DeploymentManifest, PhaseAgentRecord, PhaseRecord } from './deployment/deployment-manifest.ts';
export type { ClaimComparison, EvaluatedPerformance, EvaluationReport } from './deployment/evaluation-report.ts';
export type { EvaluationRequest, Evaluator } from './deployment/evaluator.ts';
export type { RunnerManifest, RunnerSection, RunnerStep } from './deployment/runner-manifest.ts';
export { type ErrorCode, type ErrorDetails, TilewrightError, throwIfAborted } from './errors/tilewright-error.ts';
export type {
  ComparisonStatistics,
  FailureKind,
  GateComparison,
  GateEvidence,
  GateFailure,
  GateFigure,
  GateReport,
} from './gate/gate-report.ts';
export type { Lesson, LessonOrigin, Lessons } from './lesson/lesson.ts';
export type { RecordedCure } from './lesson/recorded-cure.ts';
export type { MatrixEngine, MatrixProduct } from './matrix/matrix-engine.ts';
export { MICROKERNELS } from './microkernels/microkernels.ts';
export type { ModelFamily, ModelSpec, RopeSpec } from './model/model-spec.ts';
export {
  headWeight,
  type LayerWeight,
  layerOps,
  layerTap,
  layerWeight,
  MODEL_TAPS,
  MODEL_WEIGHTS,
  type OpKind,
  type OpNode,
  weightShapes,
} from './model/op-graph.ts';
export type { ForwardRequest, Oracle, OracleSequence } from './model/oracle.ts';
export type { ReferenceModel, ReferenceSequence } from './model/reference-model.ts';
export type { Tap, Tensor, Tokenizer, WeightInfo, WeightSource } from './model/tensor.ts';
export {
  BYTES_PER_ELEMENT,
  bf16ArrayToF32,
  bf16ToF32,
  f16ToF32,
  f32ArrayToBf16,
  f32ToBf16NearestEven,
  f32ToBf16Truncate,
  type StorageFormat,
} from './number/storage-format.ts';
export type { OptimizationAttempt, OptimizationTrajectory } from './optimization/optimization-trajectory.ts';
export type {
  DeviceShare,
  PerformanceProfile,
  SectionProfile,
  StepProfile,
  SustainedPerformance,
  SustainedRatios,
} from './optimization/performance-profile.ts';
export { hostBuffers } from './plan/host-buffers.ts';
export {
  type AxisLayout,
  axisLength,
  layoutElements,
  paddedIndex,
  plainAxis,
  type TensorLayout,
} from './plan/layout.ts';
export type { DispatchId, LoweredDispatch, LoweredPlan } from './plan/lowered-plan.ts';
export type {
  AuthoredKernel,
  BufferContent,
  BufferRole,
  ConfigurationBasis,
  DispatchStep,
  HostOperation,
  HostStep,
  KernelConfig,
  KernelReference,
  Plan,
  PlanBuffer,
  PlanLaunch,
  PlanSection,
  PlanStep,
  RegistryKernel,
  SectionName,
  WeightContent,
} from './plan/plan.ts';
export type { PlanEdit } from './plan/plan-edit.ts';
export { type Affine, affine, type Environment, evaluateAffine } from './program/affine.ts';
export type {
  MicrokernelOperand,
  MicrokernelParameters,
  MicrokernelSignature,
} from './program/microkernel.ts';
export type {
  AccessPattern,
  Buffer,
  CallStatement,
  Channel,
  ForStatement,
  Herd,
  IfStatement,
  Launch,
  Loop,
  MemtileProcess,
  Operand,
  Program,
  ProgramArgument,
  ShimProcess,
  Statement,
  TransferStatement,
} from './program/program.ts';
export { type SeededRandom, seededRandom } from './random/seeded-random.ts';
export type {
  DebugSkill,
  Failure,
  Finding,
  Match,
  OptimizationSkill,
  Proposal,
  Situation,
  Skill,
} from './skill/situation.ts';
export type { DeviceModel, DmaChannels, HostModel, Sourced, SwitchPorts } from './target/device-model.ts';
export { CompileError, type Diagnostic, type DiagnosticCode, type HazardCode } from './target/diagnostic.ts';
export { type ActorState, type FaultDump, RuntimeFault, type WaitChain } from './target/runtime-fault.ts';
export type {
  BufferObject,
  CallOptions,
  Compiled,
  ResourceUse,
  RunReport,
  SessionOptions,
  Support,
  Target,
  TargetSession,
} from './target/target.ts';
export type { Estimate, Measurement, TimePart, Timing } from './target/timing.ts';

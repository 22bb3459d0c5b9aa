export { type AgentConformanceOptions, agentConformance } from './conformance/agent-conformance.ts';
export type { ConformanceCase } from './conformance/conformance-case.ts';
export { debugSkillConformance } from './conformance/debug-skill-conformance.ts';
export { failingCases } from './conformance/failing-cases.ts';
export { optimizationSkillConformance } from './conformance/optimization-skill-conformance.ts';
export type { SkillTrial } from './conformance/skill-cases.ts';
export { skillDocumentFaults } from './conformance/skill-document.ts';
export { targetConformance } from './conformance/target/target-conformance.ts';
export type { TargetFactory } from './conformance/target/trial-session.ts';
export { bakedWeights } from './dishonest/baked-weights.ts';
export { DISHONEST_TARGETS, type DishonestTarget } from './dishonest/dishonest-targets.ts';
export { flatteringTimes } from './dishonest/flattering-times.ts';
export { notANumberOutputs } from './dishonest/not-a-number-outputs.ts';
export { overrunningOutputs } from './dishonest/overrunning-outputs.ts';
export { prefilledOutputs } from './dishonest/prefilled-outputs.ts';
export { replayedAnswers } from './dishonest/replayed-answers.ts';
export { type ScaledOutputsOptions, scaledOutputs } from './dishonest/scaled-outputs.ts';
export { type TamperedRun, type TargetTampering, tamperedTarget } from './dishonest/tampered-target.ts';
export { unwrittenOutputs } from './dishonest/unwritten-outputs.ts';
export { type HostileAgent, hostileAgent } from './hostile/hostile-agent.ts';
export { HOSTILE_STRATEGIES } from './hostile/hostile-strategies.ts';
export { HUB_TOKEN, type HubFaults, type HubModel, type HubServer, hubServer } from './hub/hub-server.ts';
export {
  MESSAGES_API_KEY,
  type MessagesApiOptions,
  type MessagesApiServer,
  messagesApiServer,
  type SeenRequest,
} from './messages-api/messages-api-server.ts';
export {
  type Break,
  errorReply,
  type MessagesReply,
  type ReplyBlock,
  type StopReason,
} from './messages-api/messages-reply.ts';
export {
  blocksOf,
  type MessagesRequest,
  textOf,
  toolResultOf,
  type WireBlock,
  type WireMessage,
  type WireTool,
} from './messages-api/messages-request.ts';
export {
  lastCall,
  parseRecording,
  type RecordedExchange,
  type Recording,
  recorder,
  recordingPlayer,
  recordingText,
  toolCall,
} from './messages-api/recording.ts';
export { MUTANTS, type Mutant } from './mutants/mutants.ts';
export { notANumber } from './mutants/not-a-number.ts';
export { scaledOutput } from './mutants/scaled-output.ts';
export { shiftedRope } from './mutants/shifted-rope.ts';
export { shortenedSequence } from './mutants/shortened-sequence.ts';
export { skippedLayer } from './mutants/skipped-layer.ts';
export { staleTile } from './mutants/stale-tile.ts';
export { swappedHeads } from './mutants/swapped-heads.ts';
export { type Tampering, tampered } from './mutants/tampered.ts';
export { type NoisyDeploymentOptions, noisyDeployment, plainOracle } from './noisy-deployment/noisy-deployment.ts';
export { randomWeights } from './noisy-deployment/random-weights.ts';
export { addProgram, type ElementwiseTiling, twoAddsProgram } from './programs/add-program.ts';
export { type CopyTiling, copyProgram, transposeProgram, unfedProgram } from './programs/copy-program.ts';
export { loweredTrial } from './programs/lowered-trial.ts';
export { TRIAL_FUNCTIONS } from './programs/trial-functions.ts';
export { type MeasuringTargetOptions, measuringTarget } from './scripted/measuring-target.ts';
export { type ScriptedAgent, type ScriptedDecision, scriptedAgent } from './scripted/scripted-agent.ts';
export { recordedTransformers, scriptedPython } from './scripted/scripted-python.ts';
export { type ScriptedFunction, type ScriptedTargetOptions, scriptedTarget } from './scripted/scripted-target.ts';
export { SMALL_DEVICE } from './scripted/small-device.ts';
export { failedReport, smallDiagnostic, smallFaultDump, smallObservation } from './situations/small-observation.ts';
export { smallPlan, smallSituation } from './situations/small-situation.ts';

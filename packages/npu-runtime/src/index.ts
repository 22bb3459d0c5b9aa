export { KeyValueCache } from './host/key-value-cache.ts';
export { ropeRows, rotationFrequencies } from './host/rope-rows.ts';
export { layoutBytes, packTensor, relayoutTensor, unpackTensor } from './layout/pack-tensor.ts';
export { type DeployRequest, deployModel } from './run/deploy-model.ts';
export { type GeneratedToken, type GenerateRequest, generate } from './sampling/generate.ts';
export { type Sampling, sampleToken } from './sampling/sample-token.ts';
export {
  type Action,
  type HostAction,
  type ObjectReference,
  type RunAction,
  type SectionActions,
  type StepActions,
  sectionActions,
  type TransferAction,
} from './schedule/actions.ts';
export {
  type EstimatedEntry,
  estimateSchedule,
  type ScheduleEstimate,
  type ScheduleRequest,
  type SectionEstimate,
} from './schedule/estimate-schedule.ts';
export { copyEstimate, syncEstimate } from './schedule/transfer-estimate.ts';
export { packWeight } from './weights/pack-weight.ts';

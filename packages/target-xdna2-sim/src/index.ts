export { type ProgramOutcome, programOutcome } from './compile/program-outcome.ts';
export { XDNA2 } from './device/xdna2.ts';
export { type Xdna2SimulatorOptions, xdna2Simulator } from './target.ts';
export {
  CALIBRATION_RECORD,
  type CalibrationErrors,
  type CalibrationRecord,
  type EstimateError,
  estimateError,
} from './time/calibration-record.ts';
export {
  CALIBRATION,
  type CalibratedConstant,
  CONSTANTS,
  type ConstantName,
  type Constants,
} from './time/constants.ts';
export { estimateProgram } from './time/estimate-program.ts';
export { loadTime } from './time/load-time.ts';
export { type LaunchLoad, type ProgramLoad, programLoad } from './time/program-load.ts';
export { dispatchTrace } from './trace/dispatch-trace.ts';
export {
  type CompleteEvent,
  type NameEvent,
  type TraceEvent,
  type TraceFile,
  TraceLanes,
} from './trace/trace-event.ts';

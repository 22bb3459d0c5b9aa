export { type DecisionEntry, type RecordedPhase, recordedPhase } from './recording/recorded-phase.ts';
export {
  describeOtherSubject,
  type TranscriptSubject,
  transcriptSubject,
} from './recording/transcript-subject.ts';
export { type Divergence, type ReplayAgent, type ReplayOptions, replayAgent } from './replay/replay-agent.ts';

import type { AgentUsage, Conversation, Json, Observation, TranscriptEntry } from '@tilewright/spec';
import { smallSituation } from '@tilewright/testkit';

/** A deployment's first look at a phase, with a proposal; spread what a test is about over it. */
export function observationOf(phase: number, changes: Partial<Observation> = {}): Observation {
  return {
    specificationVersion: 'v1',
    situation: smallSituation(phase),
    attempt: 0,
    steps: [],
    proposals: [
      {
        id: 'reuse:attention_residual',
        skill: 'buffer-object-reuse',
        summary: 'Keep attention_residual on the device.',
        edits: [
          {
            kind: 'set-residency',
            section: 'prefill',
            buffer: 'attention_residual',
            residency: 'device',
            role: 'intermediate',
          },
        ],
        expectedGainUs: 12,
        safety: 'Only dispatches read and write it.',
      },
    ],
    findings: [],
    reports: [],
    instruction: null,
    lessons: [],
    origin: { target: 'scripted', modelFamily: 'llama', modelDigest: 'sha256:0', prefillLength: 16, contextLength: 32 },
    attempts: [],
    ...changes,
  };
}

/** A transcript in memory, and what was told of usage. */
export function keptTranscript(phase: number): {
  readonly entries: TranscriptEntry[];
  readonly conversation: Conversation;
  readonly usage: AgentUsage[];
  readonly onUsage: (usage: AgentUsage) => Promise<void>;
} {
  const entries: TranscriptEntry[] = [];
  const usage: AgentUsage[] = [];
  return {
    entries,
    usage,
    conversation: {
      entries,
      append: async (message: Json) => {
        entries.push({ kind: 'message', phase, message });
      },
    },
    onUsage: async (one) => {
      usage.push(one);
    },
  };
}

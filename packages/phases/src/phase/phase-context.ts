import type { GateProgress, GatePrompt, GateRequest } from '@tilewright/gates';
import type { OpenModel, OracleOptions } from '@tilewright/oracle';
import type { DeployedModel } from '@tilewright/spec';
import type { ReferenceChoice } from './reference-choice.ts';

/** What a gate needs to know of the deployment. */
export interface PhaseContext {
  readonly model: OpenModel;
  /** What the model's oracle computes with: phase 0 verifies the one that the other phases ask. */
  readonly oracle?: OracleOptions;
  /** Of the whole deployment; each phase draws from its own. */
  readonly seed: number;
  /** The longest prompt that a gate may use. */
  readonly prefillTokens: number;
  readonly contextLength: number;
  readonly prompts: readonly GatePrompt[];
  readonly reference: ReferenceChoice;
  readonly subjects: Readonly<Record<string, string>>;
  readonly onProgress: (progress: GateProgress) => void;
  readonly onStep: (step: string) => void;
  readonly signal?: AbortSignal;
}

/** What all gates of a phase are asked, apart from the length of their prompts. */
export function gateRequest(
  context: PhaseContext,
  deployed: DeployedModel,
  phase: number,
): Omit<GateRequest, 'promptTokens'> {
  const { model, seed, subjects, onProgress, signal } = context;
  return {
    ...{ oracle: model.oracle, deployed, seeds: [seed + phase], subjects, onProgress },
    ...(signal && { signal }),
  };
}

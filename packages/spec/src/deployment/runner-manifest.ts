import type { DispatchId } from '../plan/lowered-plan.ts';
import type { SectionName } from '../plan/plan.ts';

/** `runner.json`: what a runner needs in order to run the deployment, and by which digests it knows that it has it. */
export interface RunnerManifest {
  readonly specificationVersion: 'v1';
  readonly model: {
    readonly digest: string;
    readonly family: string;
    readonly vocabularySize: number;
    readonly endOfTextTokens: readonly number[];
  };
  readonly plan: { readonly file: string; readonly digest: string };
  readonly target: { readonly id: string; readonly module: string; readonly device: string };
  /** Longest prompt, and longest sequence, in tokens. */
  readonly prefillLength: number;
  readonly contextLength: number;
  readonly sections: readonly RunnerSection[];
}

export interface RunnerSection {
  readonly section: SectionName;
  /** Steps that run once per pass, then those of every layer. */
  readonly once: readonly RunnerStep[];
  readonly layer: readonly RunnerStep[];
  /** How often `layer` runs. */
  readonly layers: number;
}

export type RunnerStep =
  | {
      readonly kind: 'dispatch';
      readonly dispatch: DispatchId;
      /** Digest of its Program. */
      readonly program: string;
      readonly launches: readonly string[];
      /** The plan's buffers behind its arguments, in order. */
      readonly buffers: readonly string[];
    }
  | { readonly kind: 'host'; readonly step: string; readonly operation: string };

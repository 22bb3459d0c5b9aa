import type { GateProgress } from '@tilewright/gates';
import type { GateReport, PhaseRecord } from '@tilewright/spec';

/** What a deployment tells while it goes on. `elapsedMs` counts from the start of the phase. */
export type DeployEvent =
  | { readonly kind: 'phase-started'; readonly phase: number; readonly title: string }
  /** A phase of an earlier run whose result still holds. */
  | { readonly kind: 'phase-kept'; readonly phase: number; readonly title: string; readonly report: GateReport }
  | { readonly kind: 'step'; readonly phase: number; readonly step: string; readonly elapsedMs: number }
  | {
      readonly kind: 'gate-progress';
      readonly phase: number;
      readonly progress: GateProgress;
      readonly elapsedMs: number;
    }
  | {
      readonly kind: 'phase-finished';
      readonly phase: number;
      readonly title: string;
      readonly status: PhaseRecord['status'];
      readonly report: GateReport;
      readonly elapsedMs: number;
    };

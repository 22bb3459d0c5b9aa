import type { GateReport } from '../gate/gate-report.ts';

/** What a human is shown after a phase. */
export interface Checkpoint {
  readonly phase: number;
  readonly title: string;
  readonly report: GateReport;
}

/** `wait` leaves the deployment where it is until somebody answers. */
export type Review =
  | { readonly kind: 'approve' }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'redirect'; readonly instruction: string }
  | { readonly kind: 'wait' };

export interface Reviewer {
  review(checkpoint: Checkpoint, options?: { readonly signal?: AbortSignal }): Promise<Review>;
}

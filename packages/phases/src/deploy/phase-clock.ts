import type { PhaseRun } from './run-phase.ts';

/** How long a phase has taken, and what it does. */
export interface PhaseClock {
  /** In all runs together. */
  elapsedMs(): number;
  step(step: string): void;
}

export function phaseClock({ phase, request, journal }: Pick<PhaseRun, 'phase' | 'request' | 'journal'>): PhaseClock {
  const before = journal.record(phase.phase)?.elapsedMs ?? 0;
  const started = performance.now();
  const sinceStart = (): number => performance.now() - started;
  return {
    elapsedMs: () => before + sinceStart(),
    step: (step) => request.onEvent?.({ kind: 'step', phase: phase.phase, step, elapsedMs: sinceStart() }),
  };
}

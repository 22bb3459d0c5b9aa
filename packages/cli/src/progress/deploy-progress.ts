import { type DeployEvent, PHASES } from '@tilewright/phases';
import type { EvaluationReport, GateReport } from '@tilewright/spec';
import { gateFigures } from '../render/gate-lines.ts';
import { printable } from '../terminal/printable.ts';
import { formatCount, formatElapsed } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { summariseGate } from '../workspace/gate-summary.ts';
import type { Progress } from './progress.ts';

const TITLE_WIDTH = Math.max(...PHASES.map(({ title }) => title.length));
const LAST_VALIDATION_PHASE = 3;
const STATUS_WIDTH = 'passed'.length;
const ELAPSED_WIDTH = '12.3 s'.length;

/** Tells what a deployment tells: a heading, a moving line for what goes on, a line that stays for each phase. */
export function deployProgress(progress: Progress, style: Style, heading: string): (event: DeployEvent) => void {
  let started = false;
  return (event) => {
    // What is refused before the first phase is refused without a heading.
    if (!started) progress.line(style.bold(heading));
    started = true;
    const phase = `phase ${event.phase}`;
    switch (event.kind) {
      case 'phase-started':
        progress.step(`${phase}  ${event.title}`);
        break;
      case 'step':
        // An agent may have written it.
        progress.step(`${phase}  ${printable(event.step).replaceAll(/\s+/g, ' ')}`);
        break;
      case 'gate-progress': {
        const { subject, made, planned } = event.progress;
        progress.step(`${phase}  ${subject} (${made} of ${planned})`);
        break;
      }
      case 'phase-kept':
      case 'phase-finished': {
        const { title, report } = event;
        const status = event.kind === 'phase-kept' ? 'kept' : event.status;
        const elapsedMs = event.kind === 'phase-kept' ? null : event.elapsedMs;
        const found = foundIn(event.phase, report);
        progress.line(phaseLine({ phase, title, status, elapsedMs, found, good: report.verdict === 'pass' }, style));
        break;
      }
    }
  };
}

/** Phases that validate are told by what they compared, those that optimise and profile by what they reached. */
function foundIn(phase: number, report: GateReport): string {
  if (phase <= LAST_VALIDATION_PHASE || report.verdict !== 'pass') return gateFigures(summariseGate(report));
  return report.summary.split(';', 1)[0] as string;
}

/** The evaluator's line, below those of the phases. */
export function evaluationLine({ verdict, gates }: EvaluationReport, style: Style): string {
  const elapsedMs = gates.reduce((sum, { evidence }) => sum + evidence.elapsedMs, 0);
  const comparisons = gates.reduce((sum, { evidence }) => sum + evidence.madeComparisons, 0);
  const found = `${formatCount(comparisons)} comparisons, ${gates.length} gates`;
  const good = verdict === 'pass';
  const status = good ? 'passed' : verdict;
  return phaseLine({ phase: 'phase 7', title: 'Judge in a fresh process', status, elapsedMs, found, good }, style);
}

interface PhaseLine {
  readonly phase: string;
  readonly title: string;
  readonly status: string;
  readonly elapsedMs: number | null;
  readonly found: string;
  readonly good: boolean;
}

function phaseLine({ phase, title, status, elapsedMs, found, good }: PhaseLine, style: Style): string {
  const elapsed = elapsedMs === null ? '' : formatElapsed(elapsedMs);
  return [
    phase,
    title.padEnd(TITLE_WIDTH),
    (good ? style.good : style.bad)(status.padEnd(STATUS_WIDTH)),
    elapsed.padStart(ELAPSED_WIDTH),
    found,
  ].join('  ');
}

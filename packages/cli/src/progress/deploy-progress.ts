import { type DeployEvent, PHASES } from '@tilewright/phases';
import { gateFigures } from '../render/gate-lines.ts';
import { formatElapsed } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { summariseGate } from '../workspace/gate-summary.ts';
import type { Progress } from './progress.ts';

const TITLE_WIDTH = Math.max(...PHASES.map(({ title }) => title.length));
const STATUS_WIDTH = 'passed'.length;
const ELAPSED_WIDTH = '12.3 s'.length;

/** Tells what a deployment tells: a moving line for what goes on, a line that stays for each phase. */
export function deployProgress(progress: Progress, style: Style): (event: DeployEvent) => void {
  return (event) => {
    const phase = `phase ${event.phase}`;
    switch (event.kind) {
      case 'phase-started':
        progress.step(`${phase}  ${event.title}`);
        break;
      case 'step':
        progress.step(`${phase}  ${event.step}`);
        break;
      case 'gate-progress': {
        const { subject, made, planned } = event.progress;
        progress.step(`${phase}  ${subject} (${made} of ${planned})`);
        break;
      }
      case 'phase-kept':
      case 'phase-finished': {
        const { status, elapsed } =
          event.kind === 'phase-kept'
            ? { status: 'kept', elapsed: '' }
            : { status: event.status, elapsed: formatElapsed(event.elapsedMs) };
        const passed = event.report.verdict === 'pass';
        const columns = [
          phase,
          event.title.padEnd(TITLE_WIDTH),
          (passed ? style.good : style.bad)(status.padEnd(STATUS_WIDTH)),
          elapsed.padStart(ELAPSED_WIDTH),
          gateFigures(summariseGate(event.report)),
        ];
        progress.line(columns.join('  '));
        break;
      }
    }
  };
}

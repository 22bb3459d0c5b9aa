import type { DeployEvent } from '@tilewright/phases';
import { gateFigures } from '../render/gate-lines.ts';
import { formatElapsed } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import type { Progress } from './progress.ts';

/** Tells what a deployment tells: a moving line for what goes on, a line that stays for each phase. */
export function deployProgress(progress: Progress, style: Style): (event: DeployEvent) => void {
  return (event) => {
    const phase = `phase ${event.phase}`;
    switch (event.kind) {
      case 'phase-started':
        progress.step(`${phase}: ${event.title}`);
        break;
      case 'step':
        progress.step(`${phase}: ${event.step}`);
        break;
      case 'gate-progress': {
        const { subject, made, planned } = event.progress;
        progress.step(`${phase}: ${subject} (${made} of ${planned})`);
        break;
      }
      case 'phase-kept':
        progress.line(`${style.good('kept')}    ${phase}  ${event.title}: ${gateFigures(event.report)}`);
        break;
      case 'phase-finished': {
        const good = event.status === 'passed' || event.status === 'waiting';
        const word = event.status.padEnd(6);
        const elapsed = style.dim(`(${formatElapsed(event.elapsedMs)})`);
        progress.line(
          `${good ? style.good(word) : style.bad(word)}  ${phase}  ${event.title}: ${gateFigures(event.report)} ${elapsed}`,
        );
        break;
      }
    }
  };
}

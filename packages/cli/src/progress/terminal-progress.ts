import { formatElapsed } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import type { Output } from '../terminal/surroundings.ts';
import type { Progress } from './progress.ts';

const CLEAR_LINE = '\r\x1b[2K';
const REDRAW_MS = 80;

/** One line at the bottom that is rewritten as things go on, and finished lines above it. */
export function terminalProgress(output: Output, style: Style): Progress {
  const startedAt = performance.now();
  let current = '';
  let paused = false;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const draw = (): void => {
    if (paused || current === '') return;
    const elapsed = formatElapsed(performance.now() - startedAt);
    const room = Math.max(20, (output.columns ?? 80) - elapsed.length - 6);
    const shown = current.length > room ? `${current.slice(0, room - 1)}…` : current;
    output.write(`${CLEAR_LINE}  ${shown} ${style.dim(`(${elapsed})`)}`);
    drawnAt = performance.now();
  };
  // Keeps the elapsed time moving while a step takes long; never keeps the process alive.
  const timer = setInterval(draw, 500).unref();
  return {
    step: (text) => {
      current = text;
      if (performance.now() - drawnAt >= REDRAW_MS) draw();
    },
    line: (text) => {
      output.write(`${CLEAR_LINE}${text}\n`);
      draw();
    },
    pause: () => {
      paused = true;
      output.write(CLEAR_LINE);
    },
    resume: () => {
      paused = false;
    },
    end: () => {
      clearInterval(timer);
      if (drawnAt !== Number.NEGATIVE_INFINITY) output.write(CLEAR_LINE);
      current = '';
    },
  };
}

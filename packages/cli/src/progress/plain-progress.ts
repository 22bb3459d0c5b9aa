import type { Output } from '../terminal/surroundings.ts';
import type { Progress } from './progress.ts';

/** What a line starts with that only says what goes on. */
export const STEP_PREFIX = '  ... ';

/** Finished lines only, for files and pipes; a step is a line too when the last line is long ago. */
export function plainProgress(output: Output, quietMs = 10_000): Progress {
  let writtenAt = performance.now();
  const write = (text: string): void => {
    output.write(`${text}\n`);
    writtenAt = performance.now();
  };
  return {
    step: (text) => {
      if (performance.now() - writtenAt >= quietMs) write(`${STEP_PREFIX}${text}`);
    },
    line: write,
    pause: () => {},
    resume: () => {},
    end: () => {},
  };
}

import type { JobHooks } from '@tilewright/mcp';
import type { Progress } from '../progress/progress.ts';

/** How `deployProgress` begins what it says of a phase. */
const OF_PHASE = /^phase (\d) {2,}(.*)$/;

/** Tells a client what would be told on a terminal. */
export function jobProgress({ onProgress }: Pick<JobHooks, 'onProgress'>): Progress {
  const tell = (kind: 'line' | 'step', said: string): void => {
    const [, phase, text] = OF_PHASE.exec(said) ?? [];
    onProgress({ kind, phase: phase === undefined ? null : Number(phase), text: (text ?? said).trim() });
  };
  return {
    step: (text) => tell('step', text),
    line: (text) => tell('line', text),
    pause: () => {},
    resume: () => {},
    end: () => {},
  };
}

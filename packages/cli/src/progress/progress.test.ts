import { describe, expect, it } from 'vitest';
import { Capture } from '../__fixtures__/captured-run.ts';
import { PLAIN } from '../terminal/style.ts';
import { plainProgress } from './plain-progress.ts';
import { terminalProgress } from './terminal-progress.ts';

describe('plainProgress', () => {
  it('writes finished lines, and steps only when nothing was written for long', () => {
    const output = new Capture();
    const progress = plainProgress(output);
    progress.step('compiling');
    progress.line('phase 0 passed');
    expect(output.text).toBe('phase 0 passed\n');
    const impatient = plainProgress(output, 0);
    impatient.step('running');
    expect(output.text).toBe('phase 0 passed\n  ... running\n');
  });
});

describe('terminalProgress', () => {
  it('rewrites one line and keeps finished ones above it', () => {
    const output = new Capture();
    const progress = terminalProgress(output, PLAIN);
    progress.step('compiling');
    progress.line('phase 0 passed');
    progress.end();
    const shown = screen(output.text);
    expect(output.text).toMatch(/compiling \(\d+ ms\)/);
    expect(shown).toEqual(['phase 0 passed', '']);
  });

  it('cuts a step to the width of the terminal', () => {
    const output = Object.assign(new Capture(), { columns: 40 });
    const progress = terminalProgress(output, PLAIN);
    progress.step('x'.repeat(200));
    expect(screen(output.text)[0]?.length).toBeLessThanOrEqual(40);
    progress.end();
  });

  it('is silent while somebody is asked', () => {
    const output = new Capture();
    const progress = terminalProgress(output, PLAIN);
    progress.pause();
    const before = output.text;
    progress.step('compiling');
    expect(output.text).toBe(before);
    progress.end();
  });
});

/** What a terminal would show: clearing a line removes what was written since the last line break. */
function screen(text: string): string[] {
  return text.split('\n').map((line) => line.split('\r\x1b[2K').at(-1) ?? '');
}

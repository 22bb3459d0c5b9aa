import type { WordPattern } from '../execution/word-pattern.ts';

/** Below this many words a plain loop beats the allocation of a view. */
const BULK_WORDS = 48;

function copyRun(source: Int32Array, from: number, target: Int32Array, to: number, words: number): void {
  if (words >= BULK_WORDS) {
    target.set(source.subarray(from, from + words), to);
  } else {
    for (let i = 0; i < words; i++) target[to + i] = source[from + i];
  }
}

/** Copies words [first, first + count) of a pattern at `base` in `source` to `target[to…]`. */
export function gatherWords(
  pattern: WordPattern,
  source: Int32Array,
  base: number,
  first: number,
  count: number,
  target: Int32Array,
  to: number,
): void {
  const { run, rows, rowStride, starts } = pattern;
  const runIndex = Math.floor(first / run);
  let within = first - runIndex * run;
  let group = Math.floor(runIndex / rows);
  let row = runIndex - group * rows;
  let at = to;
  for (let left = count; left > 0; ) {
    const words = Math.min(run - within, left);
    copyRun(source, base + starts[group] + row * rowStride + within, target, at, words);
    at += words;
    left -= words;
    within = 0;
    if (++row === rows) {
      row = 0;
      group++;
    }
  }
}

/** The reverse: `source[from…]` to words [first, first + count) of a pattern at `base` in `target`. */
export function scatterWords(
  pattern: WordPattern,
  source: Int32Array,
  from: number,
  target: Int32Array,
  base: number,
  first: number,
  count: number,
): void {
  const { run, rows, rowStride, starts } = pattern;
  const runIndex = Math.floor(first / run);
  let within = first - runIndex * run;
  let group = Math.floor(runIndex / rows);
  let row = runIndex - group * rows;
  let at = from;
  for (let left = count; left > 0; ) {
    const words = Math.min(run - within, left);
    copyRun(source, at, target, base + starts[group] + row * rowStride + within, words);
    at += words;
    left -= words;
    within = 0;
    if (++row === rows) {
      row = 0;
      group++;
    }
  }
}

import type { WordPattern } from '../execution/word-pattern.ts';

/**
 * Which words of a memory a transfer touches, in order, relative to its first one: contiguous runs.
 * Equal ones are the same object, so that what is derived from one is derived once.
 */
export interface WordRuns {
  readonly id: number;
  readonly words: number;
  /** First word of each run; the first is 0. */
  readonly starts: Int32Array;
  /** Words before each run, and all of them at the end. */
  readonly before: Int32Array;
  /** The lowest word, and the one behind the highest. */
  readonly lowest: number;
  readonly end: number;
}

/** Runs with the word at which they begin. */
export interface PlacedRuns {
  readonly base: number;
  readonly runs: WordRuns;
}

/** Knows every `WordRuns` of one launch. */
export class RunTable {
  readonly #known = new Map<string, WordRuns>();
  readonly #patterns = new Map<WordPattern, PlacedRuns>();
  readonly #slices = new Map<string, PlacedRuns>();
  readonly #selections = new Map<string, PlacedRuns>();

  contiguous(words: number): WordRuns {
    return this.#intern([0], [words]);
  }

  /** The words that a pattern touches from its offset on. */
  ofPattern(pattern: WordPattern): PlacedRuns {
    let placed = this.#patterns.get(pattern);
    if (placed === undefined) {
      const list = new RunList();
      for (const start of pattern.starts) {
        for (let row = 0; row < pattern.rows; row++) list.add(start + row * pattern.rowStride, pattern.run);
      }
      placed = this.place(list);
      this.#patterns.set(pattern, placed);
    }
    return placed;
  }

  /** Words [first, first + count) of runs. */
  slice(runs: WordRuns, first: number, count: number): PlacedRuns {
    if (first === 0 && count === runs.words) return { base: 0, runs };
    if (runs.starts.length === 1) return { base: first, runs: this.contiguous(count) };
    const key = `${runs.id}:${first}:${count}`;
    let placed = this.#slices.get(key);
    if (placed === undefined) {
      const list = new RunList();
      addSlice(list, runs, 0, first, count);
      placed = this.place(list);
      this.#slices.set(key, placed);
    }
    return placed;
  }

  /** What `outer`, from `at` on, touches of a memory whose word i is word i of `inner`. */
  select(outer: WordRuns, at: number, inner: WordRuns): PlacedRuns {
    if (inner.starts.length === 1) return { base: at, runs: outer };
    const key = `${outer.id}:${at}:${inner.id}`;
    let placed = this.#selections.get(key);
    if (placed === undefined) {
      const list = new RunList();
      for (let run = 0; run < outer.starts.length; run++) {
        const count = (outer.before[run + 1] as number) - (outer.before[run] as number);
        addSlice(list, inner, 0, at + (outer.starts[run] as number), count);
      }
      placed = this.place(list);
      this.#selections.set(key, placed);
    }
    return placed;
  }

  place(list: RunList): PlacedRuns {
    const base = list.starts[0] ?? 0;
    return {
      base,
      runs: this.#intern(
        list.starts.map((start) => start - base),
        list.lengths,
      ),
    };
  }

  #intern(starts: readonly number[], lengths: readonly number[]): WordRuns {
    const key = starts.length === 1 ? `${lengths[0]}` : `${starts}|${lengths}`;
    let runs = this.#known.get(key);
    if (runs === undefined) {
      const before = new Int32Array(starts.length + 1);
      let lowest = 0;
      let end = 0;
      for (const [run, length] of lengths.entries()) {
        const start = starts[run] as number;
        before[run + 1] = (before[run] as number) + length;
        lowest = Math.min(lowest, start);
        end = Math.max(end, start + length);
      }
      const words = before[starts.length] as number;
      runs = { id: this.#known.size, words, starts: Int32Array.from(starts), before, lowest, end };
      this.#known.set(key, runs);
    }
    return runs;
  }
}

/** Runs in the making: those that continue each other are joined. */
export class RunList {
  readonly starts: number[] = [];
  readonly lengths: number[] = [];

  add(start: number, length: number): void {
    const last = this.starts.length - 1;
    if (last >= 0 && (this.starts[last] as number) + (this.lengths[last] as number) === start) {
      this.lengths[last] = (this.lengths[last] as number) + length;
    } else {
      this.starts.push(start);
      this.lengths.push(length);
    }
  }
}

/** Adds words [first, first + count) of `runs`, which begin at `base`. */
export function addSlice(list: RunList, runs: WordRuns, base: number, first: number, count: number): void {
  let run = runAt(runs, first);
  for (let at = first, left = count; left > 0; run++) {
    const within = at - (runs.before[run] as number);
    const length = Math.min((runs.before[run + 1] as number) - at, left);
    list.add(base + (runs.starts[run] as number) + within, length);
    at += length;
    left -= length;
  }
}

/** The run that holds a word. */
function runAt(runs: WordRuns, word: number): number {
  let low = 0;
  let high = runs.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((runs.before[middle] as number) <= word) low = middle;
    else high = middle - 1;
  }
  return low;
}

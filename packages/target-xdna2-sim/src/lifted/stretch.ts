import { type PlacedRuns, RunList, type RunTable, type WordRuns } from './word-runs.ts';

/** Where words come from: a program argument, or what a core has sent (numbered within a grid iteration). */
export type Origin =
  | { readonly kind: 'argument'; readonly index: number; readonly shift: GridShift }
  | { readonly kind: 'sent'; readonly value: number };

/** Words that an address moves by per step of each grid axis. Equal ones are the same object. */
export type GridShift = readonly number[];

/** Words of one origin, in the order in which they are transferred. `base` is for the first grid iteration. */
export interface Stretch extends PlacedRuns {
  readonly origin: Origin;
}

/** Words [at, at + words) of a buffer are words [first, …) of a stretch. */
export interface Extent {
  readonly at: number;
  readonly words: number;
  readonly stretch: Stretch;
  readonly first: number;
  /** At a core: whether the words lie in the buffer, and not only where they came from. */
  loaded: boolean;
}

export function sliceStretch(stretch: Stretch, first: number, words: number, table: RunTable): Stretch {
  const { base, runs } = table.slice(stretch.runs, first, words);
  return { origin: stretch.origin, base: stretch.base + base, runs };
}

/**
 * What is known of a buffer's words: extents in ascending order that do not overlap. Words outside of
 * them were computed, or never written.
 */
export class Contents {
  extents: Extent[] = [];

  clear(from: number, words: number): void {
    if (this.extents.length === 0) return;
    const to = from + words;
    const kept: Extent[] = [];
    for (const extent of this.extents) {
      const end = extent.at + extent.words;
      if (end <= from || extent.at >= to) {
        kept.push(extent);
        continue;
      }
      if (extent.at < from) kept.push({ ...extent, words: from - extent.at });
      if (end > to) kept.push({ ...extent, at: to, words: end - to, first: extent.first + to - extent.at });
    }
    this.extents = kept;
  }

  /** Puts the pieces, one after the other, into the words of `runs` from `base` on. */
  fill(base: number, runs: WordRuns, pieces: readonly Stretch[]): void {
    let piece = 0;
    let first = 0;
    const added: Extent[] = [];
    for (let run = 0; run < runs.starts.length; run++) {
      let at = base + (runs.starts[run] as number);
      let left = (runs.before[run + 1] as number) - (runs.before[run] as number);
      this.clear(at, left);
      while (left > 0) {
        const stretch = pieces[piece] as Stretch;
        const words = Math.min(left, stretch.runs.words - first);
        added.push({ at, words, stretch, first, loaded: false });
        at += words;
        left -= words;
        first += words;
        if (first === stretch.runs.words) {
          piece++;
          first = 0;
        }
      }
    }
    this.extents.push(...added);
    this.extents.sort((a, b) => a.at - b.at);
  }

  /** What lies in the words of `runs` from `base` on, or null where some of it is not known. */
  read(base: number, runs: WordRuns, table: RunTable): readonly Stretch[] | null {
    const [only] = this.extents;
    if (this.extents.length === 1 && only !== undefined) {
      if (base + runs.lowest >= only.at && base + runs.end <= only.at + only.words) {
        const { stretch } = only;
        const selected = table.select(runs, base - only.at + only.first, stretch.runs);
        return [{ origin: stretch.origin, base: stretch.base + selected.base, runs: selected.runs }];
      }
    }
    return this.#readPieces(base, runs, table);
  }

  #readPieces(base: number, runs: WordRuns, table: RunTable): readonly Stretch[] | null {
    const pieces: Stretch[] = [];
    let origin: Origin | null = null;
    let list = new RunList();
    const close = (): void => {
      if (origin !== null) pieces.push({ origin, ...table.place(list) });
      list = new RunList();
    };
    for (let run = 0; run < runs.starts.length; run++) {
      let at = base + (runs.starts[run] as number);
      const end = at + (runs.before[run + 1] as number) - (runs.before[run] as number);
      while (at < end) {
        const extent = this.#at(at);
        if (extent === undefined) return null;
        const words = Math.min(end, extent.at + extent.words) - at;
        const part = sliceStretch(extent.stretch, extent.first + at - extent.at, words, table);
        if (!sameOrigin(origin, part.origin)) {
          close();
          origin = part.origin;
        }
        for (let i = 0; i < part.runs.starts.length; i++) {
          const length = (part.runs.before[i + 1] as number) - (part.runs.before[i] as number);
          list.add(part.base + (part.runs.starts[i] as number), length);
        }
        at += words;
      }
    }
    close();
    return pieces;
  }

  #at(word: number): Extent | undefined {
    let low = 0;
    let high = this.extents.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.extents[middle] as Extent).at <= word) low = middle;
      else high = middle - 1;
    }
    const found = this.extents[low];
    return found !== undefined && found.at <= word && word < found.at + found.words ? found : undefined;
  }
}

function sameOrigin(a: Origin | null, b: Origin): boolean {
  if (a === null || a.kind !== b.kind) return false;
  if (a.kind === 'sent') return b.kind === 'sent' && a.value === b.value;
  return b.kind === 'argument' && a.index === b.index && a.shift === b.shift;
}

import type { RegisterAffine } from '../execution/register-affine.ts';
import type { ProcessBuffer } from '../fast-path/process.ts';
import type { CoreTrace, SentWords } from './core-trace.ts';
import type { ArgumentPlace, CopyRuns, LiftedLaunch, Move } from './lifted-launch.ts';
import { NotLiftable } from './not-liftable.ts';
import type { GridShift, Origin, Stretch } from './stretch.ts';
import { RunTable, type WordRuns } from './word-runs.ts';

/** What the processes of a launch share while one iteration of it is followed. */
export class TraceState {
  readonly table: RunTable = new RunTable();
  readonly extents: readonly number[];
  readonly readArguments: Set<number> = new Set();
  readonly sent: SentWords[] = [];
  readonly #written = new Set<number>();
  readonly #shifts: GridShift[] = [];
  readonly #shiftNumbers = new Map<string, number>();
  readonly #origins = new Map<string, Origin>();
  readonly #copies = new Map<string, CopyRuns>();
  readonly #passing: Move[] = [];
  readonly #stored: { readonly target: ArgumentPlace; readonly runs: CopyRuns }[] = [];

  constructor(extents: readonly number[]) {
    this.extents = extents;
  }

  /** Coefficients of the grid variables, which are the first registers. */
  gridPart(expression: RegisterAffine): number[] {
    const part = this.extents.map(() => 0);
    for (const [index, register] of expression.registers.entries()) {
      if (register < part.length)
        part[register] = (part[register] as number) + (expression.coefficients[index] as number);
    }
    return part;
  }

  /** The shift as the one object that stands for it. */
  shift(steps: readonly number[]): GridShift {
    const key = steps.join();
    let number = this.#shiftNumbers.get(key);
    if (number === undefined) {
      number = this.#shifts.length;
      this.#shifts.push(steps);
      this.#shiftNumbers.set(key, number);
    }
    return this.#shifts[number] as GridShift;
  }

  origin(index: number, shift: GridShift): Origin {
    const key = `${index}:${shift}`;
    let origin = this.#origins.get(key);
    if (origin === undefined) {
      origin = { kind: 'argument', index, shift };
      this.#origins.set(key, origin);
    }
    return origin;
  }

  place(origin: Extract<Origin, { kind: 'argument' }>, base: number): ArgumentPlace {
    return { argument: origin.index, shift: this.#shiftNumbers.get(origin.shift.join()) as number, base };
  }

  /** Pairs equally many words of two run lists. */
  copy(from: WordRuns, to: WordRuns): CopyRuns {
    const key = `${from.id}:${to.id}`;
    let copy = this.#copies.get(key);
    if (copy === undefined) {
      copy = pairRuns(from, to);
      this.#copies.set(key, copy);
    }
    return copy;
  }

  /** Words that reach an argument. */
  store(index: number, shift: GridShift, base: number, runs: WordRuns, pieces: readonly Stretch[]): void {
    const { table } = this;
    this.#written.add(index);
    const origin = this.origin(index, shift) as Extract<Origin, { kind: 'argument' }>;
    let first = 0;
    for (const piece of pieces) {
      const { words } = piece.runs;
      const to = table.slice(runs, first, words);
      const target = this.place(origin, base + to.base);
      first += words;
      if (piece.origin.kind === 'argument') {
        const copy = this.copy(piece.runs, to.runs);
        this.#passing.push({ source: this.place(piece.origin, piece.base), target, runs: copy });
        this.#stored.push({ target, runs: copy });
        continue;
      }
      const sent = this.sent[piece.origin.value] as SentWords;
      const from = table.select(piece.runs, piece.base, sent.runs);
      const copy = this.copy(from.runs, to.runs);
      sent.stores.push({ source: { base: sent.base + from.base }, target, runs: copy });
      this.#stored.push({ target, runs: copy });
    }
  }

  finish(
    cores: readonly CoreTrace[],
    gridValues: Int32Array,
    iterations: number,
    ddr: readonly ProcessBuffer[],
  ): LiftedLaunch {
    for (const index of this.#written) if (this.readArguments.has(index)) throw new NotLiftable();
    this.#requireDisjointStores(gridValues, iterations, ddr);
    return {
      cores: cores.map((core) => core.finish()),
      passing: this.#passing,
      values: this.sent.length,
      shifts: this.#shifts,
      gridValues,
      iterations,
      readArguments: this.readArguments,
      writtenArguments: this.#written,
    };
  }

  /** Iterations may run in any order only if no word of an argument is written twice. */
  #requireDisjointStores(gridValues: Int32Array, iterations: number, ddr: readonly ProcessBuffer[]): void {
    const marks = new Map<number, Uint8Array>();
    const axes = this.extents.length;
    for (let iteration = 0; iteration < iterations; iteration++) {
      const shifts = this.#shifts.map((steps) =>
        steps.reduce((sum, step, axis) => sum + step * (gridValues[iteration * axes + axis] as number), 0),
      );
      for (const { target, runs } of this.#stored) {
        let marked = marks.get(target.argument);
        if (marked === undefined) {
          const { elements, elementsPerWord } = ddr[target.argument] as ProcessBuffer;
          marked = new Uint8Array(Math.ceil(elements / elementsPerWord));
          marks.set(target.argument, marked);
        }
        const base = target.base + (shifts[target.shift] as number);
        for (let run = 0; run < runs.to.length; run++) {
          const start = base + (runs.to[run] as number);
          const end = start + (runs.lengths[run] as number);
          for (let word = start; word < end; word++) {
            if (marked[word] === 1) throw new NotLiftable();
            marked[word] = 1;
          }
        }
      }
    }
  }
}

function pairRuns(from: WordRuns, to: WordRuns): CopyRuns {
  const starts: number[] = [];
  const targets: number[] = [];
  const lengths: number[] = [];
  let source = 0;
  let target = 0;
  for (let at = 0; at < from.words; ) {
    const sourceEnd = from.before[source + 1] as number;
    const targetEnd = to.before[target + 1] as number;
    const end = Math.min(sourceEnd, targetEnd);
    starts.push((from.starts[source] as number) + at - (from.before[source] as number));
    targets.push((to.starts[target] as number) + at - (to.before[target] as number));
    lengths.push(end - at);
    at = end;
    if (end === sourceEnd) source++;
    if (end === targetEnd) target++;
  }
  return {
    from: Int32Array.from(starts),
    to: Int32Array.from(targets),
    lengths: Int32Array.from(lengths),
    words: from.words,
  };
}

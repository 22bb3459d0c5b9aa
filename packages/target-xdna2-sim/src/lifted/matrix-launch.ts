import type {
  ArgumentPlace,
  CallInstruction,
  Instruction,
  LiftedCore,
  LiftedLaunch,
  Move,
  PanelSource,
  ProductInstruction,
} from './lifted-launch.ts';

/** Vectors of an operand that lie evenly in an argument. All in elements. */
export interface MatrixPanels {
  readonly argument: number;
  /** First element of each panel, ascending. */
  readonly bases: Int32Array;
  readonly outerStride: number;
  readonly kStride: number;
}

/**
 * A launch that is one matrix product and nothing else: row panels of `m` vectors times column panels of `n`,
 * each sum over the whole depth rounded once to f32, and then to the format of the target.
 */
export interface MatrixLaunch {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Values of a row are contiguous. */
  readonly rows: MatrixPanels;
  /** Columns lie side by side. */
  readonly columns: MatrixPanels;
  readonly target: {
    readonly argument: number;
    readonly rounds: boolean;
    /** Where the tile of a row panel and a column panel begins, [row panels, column panels]. */
    readonly bases: Int32Array;
    readonly rowStride: number;
  };
}

type ArgumentPanel = Extract<PanelSource, { kind: 'argument' }>;

/** What one core computes and where it goes; the tile's base is in words. */
interface CoreProduct {
  readonly product: ProductInstruction;
  readonly a: ArgumentPanel;
  readonly b: ArgumentPanel;
  readonly place: ArgumentPlace;
  readonly rounds: boolean;
  readonly rowStride: number;
}

/** The launch as one matrix product; null where it is anything else. */
export function matrixLaunch(lifted: LiftedLaunch): MatrixLaunch | null {
  if (lifted.passing.length > 0) return null;
  const cores = lifted.cores.filter(({ instructions }) => instructions.length > 0).map(coreProduct);
  const [like] = cores;
  if (like === null || like === undefined) return null;
  const products: CoreProduct[] = [];
  for (const core of cores) {
    if (core === null || !isAlike(core, like)) return null;
    products.push(core);
  }
  const tiles = new Map<number, Map<number, number>>();
  const columnBases = new Set<number>();
  let count = 0;
  const axes = lifted.shifts[0]?.length ?? 0;
  for (let iteration = 0; iteration < lifted.iterations; iteration++) {
    const shifts = lifted.shifts.map((steps) =>
      steps.reduce((sum, step, axis) => sum + step * (lifted.gridValues[iteration * axes + axis] as number), 0),
    );
    for (const { a, b, place } of products) {
      const row = a.base + 2 * (shifts[a.shift] as number);
      const column = b.base + 2 * (shifts[b.shift] as number);
      const ofRow = tiles.get(row) ?? new Map<number, number>();
      tiles.set(row, ofRow);
      if (ofRow.has(column)) return null;
      ofRow.set(column, (like.rounds ? 2 : 1) * (place.base + (shifts[place.shift] as number)));
      columnBases.add(column);
      count++;
    }
  }
  if (count !== tiles.size * columnBases.size) return null;
  const rows = Int32Array.from(tiles.keys()).sort();
  const columns = Int32Array.from(columnBases).sort();
  const bases = new Int32Array(count);
  for (const [i, row] of rows.entries()) {
    for (const [j, column] of columns.entries()) bases[i * columns.length + j] = tiles.get(row)?.get(column) as number;
  }
  const panels = ({ argument, outerStride, kStride }: ArgumentPanel, starts: Int32Array): MatrixPanels => ({
    argument,
    bases: starts,
    outerStride,
    kStride,
  });
  const { m, n, k } = like.product;
  return {
    m,
    n,
    k,
    rows: panels(like.a, rows),
    columns: panels(like.b, columns),
    target: { argument: like.place.argument, rounds: like.rounds, bases, rowStride: like.rowStride },
  };
}

function isAlike(core: CoreProduct, like: CoreProduct): boolean {
  const samePanel = (a: ArgumentPanel, b: ArgumentPanel): boolean =>
    a.argument === b.argument && a.outerStride === b.outerStride && a.kStride === b.kStride;
  return (
    core.product.m === like.product.m &&
    core.product.n === like.product.n &&
    core.product.k === like.product.k &&
    samePanel(core.a, like.a) &&
    samePanel(core.b, like.b) &&
    core.place.argument === like.place.argument &&
    core.rounds === like.rounds &&
    core.rowStride === like.rowStride
  );
}

/** A core that zeroes an accumulator, multiplies into all of it, and stores it as rows, rounded to bf16 or not. */
function coreProduct({ buffers, instructions }: LiftedCore): CoreProduct | null {
  const [zero, product, ...rest] = instructions;
  if (zero === undefined || product?.code !== 'product' || product.rounds || product.offset !== 0) return null;
  const { a, b, m, n, buffer } = product;
  if (a.kind !== 'argument' || b.kind !== 'argument' || a.kStride !== 1 || b.outerStride !== 1) return null;
  if (!isZeroing(zero, buffer) || buffers[buffer]?.elements !== m * n) return null;
  const stored = rest[0]?.code === 'store' ? storedAsIs(rest, buffer) : storedRounded(rest, buffer);
  if (stored === null) return null;
  const placed = rowMajorPlace(stored.parts, m, n);
  return placed === null ? null : { product, a, b, rounds: stored.rounds, ...placed };
}

function isZeroing(instruction: Instruction, buffer: number): boolean {
  if (instruction.code !== 'call' || instruction.call.microkernel.signature.name !== 'zero-f32') return false;
  const [operand] = instruction.operands;
  return operand?.buffer === buffer && operand.argument === null;
}

/** Elements of the accumulator that go to an argument: how many there are in a word, and where the source begins. */
interface StoredPart {
  readonly moves: readonly Move[];
  readonly elementsPerWord: number;
  readonly offset: number;
}

interface Stored {
  readonly rounds: boolean;
  readonly parts: readonly StoredPart[];
}

function storedAsIs(instructions: readonly Instruction[], buffer: number): Stored | null {
  const parts: StoredPart[] = [];
  for (const instruction of instructions) {
    if (instruction.code !== 'store' || instruction.buffer !== buffer) return null;
    parts.push({ moves: instruction.moves, elementsPerWord: 1, offset: 0 });
  }
  return { rounds: false, parts };
}

/** Casts of the accumulator, each followed by the store of what it gave. */
function storedRounded(instructions: readonly Instruction[], buffer: number): Stored | null {
  const parts: StoredPart[] = [];
  for (let at = 0; at < instructions.length; at += 2) {
    const [cast, store] = [instructions[at], instructions[at + 1]];
    if (cast?.code !== 'call' || store?.code !== 'store') return null;
    const offset = castOffset(cast, buffer, store.buffer);
    if (offset === null) return null;
    parts.push({ moves: store.moves, elementsPerWord: 2, offset });
  }
  return { rounds: true, parts };
}

/** Where the cast from one buffer to the beginning of another begins; null where it is not one. */
function castOffset({ call, operands, parameters }: CallInstruction, from: number, to: number): number | null {
  if (call.microkernel.signature.name !== 'cast-f32-bf16' || parameters.length > 0) return null;
  const [a, c] = ['a', 'c'].map((name) => operands[call.operands.findIndex((operand) => operand.name === name)]);
  if (a === undefined || c === undefined || a.buffer !== from || c.buffer !== to) return null;
  if (a.argument !== null || c.argument !== null || c.offset !== 0) return null;
  return a.offset;
}

/**
 * Where a tile lies if its parts together put c [n/8, m, 8] down as rows: element (i, j) at
 * base + i · rowStride + j. Null where they do not, or leave something out.
 */
function rowMajorPlace(
  parts: readonly StoredPart[],
  m: number,
  n: number,
): { readonly place: ArgumentPlace; readonly rowStride: number } | null {
  const addresses = new Float64Array(m * n).fill(-1);
  let place: ArgumentPlace | null = null;
  let perWord = 1;
  for (const { moves, elementsPerWord, offset } of parts) {
    perWord = elementsPerWord;
    for (const { source, target, runs } of moves) {
      place ??= target;
      if (target.argument !== place.argument || target.shift !== place.shift) return null;
      for (let run = 0; run < runs.lengths.length; run++) {
        const from = offset + elementsPerWord * (source.base + (runs.from[run] as number));
        const to = elementsPerWord * (target.base + (runs.to[run] as number));
        for (let i = 0; i < elementsPerWord * (runs.lengths[run] as number); i++) {
          const element = from + i;
          if (element < 0 || element >= m * n || addresses[element] !== -1) return null;
          addresses[element] = to + i;
        }
      }
    }
  }
  if (place === null) return null;
  const base = addresses[0] as number;
  const rowStride = m > 1 ? (addresses[8] as number) - base : n;
  if (base < 0 || base % perWord !== 0 || rowStride <= 0) return null;
  for (let block = 0; block < n / 8; block++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < 8; j++) {
        if (addresses[(block * m + i) * 8 + j] !== base + i * rowStride + 8 * block + j) return null;
      }
    }
  }
  return { place: { ...place, base: base / perWord }, rowStride };
}

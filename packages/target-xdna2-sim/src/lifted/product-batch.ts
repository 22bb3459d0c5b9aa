import { bf16ToF32, type MatrixEngine } from '@tilewright/spec';
import { NOT_FINITE } from './block-quantiser.ts';
import { giveFloat64, takeFloat64 } from './float64-pool.ts';
import type { Lane } from './lane.ts';
import type { PanelSource, ProductInstruction } from './lifted-launch.ts';
import { multiplyInOrder } from './matrix-fallback.ts';
import {
  EXACT_BITS,
  exactSpread,
  type LanePanel,
  PanelCache,
  PRODUCT_BITS,
  type QuantisedStack,
  quantisedStack,
  spreadOf,
} from './quantised-stack.ts';

/** A product that a lane waits for. */
interface Wanted {
  readonly lane: Lane;
  readonly product: ProductInstruction;
  readonly a: string;
  readonly b: string;
}

/** Products whose left panels are all multiplied by all of their right panels, or nearly. */
interface Group {
  readonly a: readonly Wanted[];
  readonly b: readonly Wanted[];
  readonly members: readonly { readonly wanted: Wanted; readonly row: number; readonly column: number }[];
}

/** Does the products of many lanes at once. One for each run of a launch: it remembers what it quantised. */
export class ProductBatch {
  readonly #engine: MatrixEngine | null;
  readonly #elements: (argument: number) => Uint16Array;
  readonly #panels = new PanelCache();
  #right: { readonly key: string; readonly stack: QuantisedStack } | null = null;

  constructor(engine: MatrixEngine | null, elements: (argument: number) => Uint16Array) {
    this.#engine = engine;
    this.#elements = elements;
  }

  /** Computes what the lanes wait for, group by group; yields what has to be awaited. */
  *run(lanes: readonly Lane[]): Generator<Promise<void> | null, void, undefined> {
    const wanted: Wanted[] = [];
    let unique = 0;
    for (const lane of lanes) {
      const product = lane.product as ProductInstruction;
      lane.product = null;
      const a = panelKey(product.a, lane) ?? `lane ${unique++}`;
      const b = panelKey(product.b, lane) ?? `lane ${unique++}`;
      wanted.push({ lane, product, a, b });
    }
    for (const group of groupsOf(wanted)) yield* this.#multiply(group);
  }

  /** Returns memory that is kept for the next batch. */
  close(): void {
    if (this.#right !== null) giveFloat64(this.#right.stack.values);
    this.#right = null;
  }

  *#multiply({ a, b, members }: Group): Generator<Promise<void> | null, void, undefined> {
    const { m, n, k, rounds, b: right } = (a[0] as Wanted).product;
    const rows = a.length * m;
    const columns = b.length * n;
    const x = takeFloat64(rows * k);
    const left = quantisedStack(
      a.map(({ lane, product }) => this.#panel(product.a, lane)),
      m,
      k,
      true,
      x,
      this.#panels,
    );
    const byVector = this.#engine === null || right.kind === 'core' || right.outerStride !== 1;
    const stack = this.#rightStack(b, n, k, byVector);
    const out = takeFloat64(rows * columns);
    if (this.#engine === null) {
      multiplyInOrder(x, stack.values, out, rows, columns, k);
      yield null;
    } else {
      yield this.#engine.product({
        x: x.subarray(0, rows * k),
        w: stack.values.subarray(0, columns * k),
        out: out.subarray(0, rows * columns),
        m: rows,
        n: columns,
        k,
        transposed: byVector,
      });
    }
    const inOrder = this.#engine === null;
    if (rounds) {
      for (const { wanted, row, column } of members) addRounded(wanted, left, stack, out, columns, row * m, column * n);
    } else {
      if (!inOrder) correct(left, stack, out, members, m, n);
      for (const { wanted, row, column } of members) assign(wanted, out, columns, row * m, column * n);
    }
    giveFloat64(x);
    giveFloat64(out);
  }

  #rightStack(b: readonly Wanted[], n: number, k: number, byVector: boolean): QuantisedStack {
    const key = `${n}:${k}:${byVector}:${b.map((wanted) => wanted.b).join(' ')}`;
    if (this.#right?.key === key) return this.#right.stack;
    if (this.#right !== null) giveFloat64(this.#right.stack.values);
    const panels = b.map(({ lane, product }) => this.#panel(product.b, lane));
    const stack = quantisedStack(panels, n, k, byVector, takeFloat64(b.length * n * k), this.#panels);
    // A panel in a core's memory may be another next time.
    this.#right = { key: key.includes('lane') ? '' : key, stack };
    return stack;
  }

  #panel(source: PanelSource, lane: Lane): LanePanel {
    return {
      key: panelKey(source, lane),
      source,
      lane,
      elements: source.kind === 'argument' ? this.#elements(source.argument) : null,
    };
  }
}

/** What tells panels apart that lie in arguments. */
function panelKey(source: PanelSource, lane: Lane): string | null {
  if (source.kind === 'core') return null;
  const base = source.base + 2 * (lane.shifts[source.shift] as number);
  return `${source.argument}:${base}:${source.outerStride}:${source.kStride}`;
}

/**
 * Puts products together: those with the same right panel stack their left ones, and right panels with the
 * same left ones stand side by side. Every product is computed once.
 */
function groupsOf(wanted: readonly Wanted[]): Group[] {
  const byRight = new Map<string, Map<string, Wanted[]>>();
  for (const each of wanted) {
    const { m, n, k, rounds } = each.product;
    const key = `${m}:${n}:${k}:${rounds}:${each.b}`;
    const lefts = byRight.get(key) ?? new Map<string, Wanted[]>();
    byRight.set(key, lefts);
    const same = lefts.get(each.a);
    if (same === undefined) lefts.set(each.a, [each]);
    else same.push(each);
  }
  const byLefts = new Map<string, Map<string, Wanted[]>[]>();
  for (const lefts of byRight.values()) {
    const { m, n, k, rounds } = (first(lefts) as Wanted).product;
    const key = `${m}:${n}:${k}:${rounds}:${[...lefts.keys()].sort().join(' ')}`;
    const together = byLefts.get(key) ?? [];
    byLefts.set(key, together);
    together.push(lefts);
  }
  return [...byLefts.values()].map((together) => {
    const order = [...(together[0] as Map<string, Wanted[]>).keys()];
    const rowOf = new Map(order.map((key, row) => [key, row]));
    const a = order.map((key) => ((together[0] as Map<string, Wanted[]>).get(key) as Wanted[])[0] as Wanted);
    const b = together.map((lefts) => first(lefts) as Wanted);
    const members = together.flatMap((lefts, column) =>
      [...lefts].flatMap(([key, same]) =>
        same.map((each) => ({ wanted: each, row: rowOf.get(key) as number, column })),
      ),
    );
    return { a, b, members };
  });
}

function first(lefts: ReadonlyMap<string, readonly Wanted[]>): Wanted | undefined {
  for (const [wanted] of lefts.values()) return wanted;
  return undefined;
}

/** The sum of a row's and a column's products in the order of the definition. */
function sumInOrder(left: QuantisedStack, right: QuantisedStack, row: number, column: number, initial: number): number {
  const { depth } = left;
  let sum = initial;
  const at = right.byVector ? column * depth : column;
  const step = right.byVector ? 1 : right.vectors;
  for (let k = 0; k < depth; k++) {
    sum += (left.values[row * depth + k] as number) * (right.values[at + k * step] as number);
  }
  return sum;
}

/** Computes anew, in order, the sums whose exponents are too far apart for an engine's to be exact. */
function correct(
  left: QuantisedStack,
  right: QuantisedStack,
  out: Float64Array,
  members: Group['members'],
  m: number,
  n: number,
): void {
  const exact = exactSpread(left.depth);
  if (left.spread + right.spread <= exact) return;
  const spreads = Float64Array.from({ length: right.vectors }, (_, column) => spreadOf(right.range, column));
  for (const { row, column } of members) {
    for (let i = row * m; i < (row + 1) * m; i++) {
      const spread = spreadOf(left.range, i);
      if (spread + right.spread <= exact) continue;
      for (let j = column * n; j < (column + 1) * n; j++) {
        if (spread + (spreads[j] as number) <= exact) continue;
        out[i * right.vectors + j] = sumInOrder(left, right, i, j, 0);
      }
    }
  }
}

/** c [n/8, m, 8] of an accumulator takes over its part of the product. */
function assign({ lane, product }: Wanted, out: Float64Array, width: number, row: number, column: number): void {
  const { m, n, offset, buffer } = product;
  const sums = lane.buffers[buffer]?.data as Float64Array;
  for (let block = 0; block < n; block += 8) {
    let to = offset + block * m;
    let from = row * width + column + block;
    for (let i = 0; i < m; i++, to += 8, from += width) {
      // Adding zero turns an engine's −0 into the 0 that a sum begins with.
      for (let j = 0; j < 8; j++) sums[to + j] = (out[from + j] as number) + 0;
    }
  }
}

let tileBits = new Uint32Array(4096);
let tileValues = new Float32Array(tileBits.buffer);

/** A tile's bf16 values widened, in memory of their own. */
function widenTile(data: Uint16Array, offset: number, count: number): Float32Array {
  if (tileBits.length < count) {
    tileBits = new Uint32Array(count);
    tileValues = new Float32Array(tileBits.buffer);
  }
  const bits = tileBits;
  for (let i = 0; i < count; i++) bits[i] = (data[offset + i] as number) << 16;
  return tileValues;
}

/** Rounds what `widenTile` gave, nearest even, back into the tile. */
function roundTile(data: Uint16Array, offset: number, count: number): void {
  const all = tileBits;
  for (let i = 0; i < count; i++) {
    const bits = all[i] as number;
    data[offset + i] =
      (bits & 0x7fffffff) > 0x7f800000 ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
}

/** c = bf16(c + its part of the product), where c may hold anything. */
function addRounded(
  { lane, product }: Wanted,
  left: QuantisedStack,
  right: QuantisedStack,
  out: Float64Array,
  width: number,
  row: number,
  column: number,
): void {
  const { m, n, offset, buffer } = product;
  const { data, words } = lane.buffers[buffer] as { data: Uint16Array; words: Int32Array };
  const zeros = offset % 2 === 0 && isZero(words, offset >> 1, (m * n) >> 1);
  const exact = zeros
    ? isExactProduct(left, right, row, row + m)
    : isExactTile(data, offset, m * n, left, right, row, row + m);
  const values = widenTile(data, offset, m * n);
  for (let block = 0; block < n; block += 8) {
    let at = block * m;
    let from = row * width + column + block;
    for (let i = 0; i < m; i++, at += 8, from += width) {
      values[at] = (values[at] as number) + (out[from] as number);
      values[at + 1] = (values[at + 1] as number) + (out[from + 1] as number);
      values[at + 2] = (values[at + 2] as number) + (out[from + 2] as number);
      values[at + 3] = (values[at + 3] as number) + (out[from + 3] as number);
      values[at + 4] = (values[at + 4] as number) + (out[from + 4] as number);
      values[at + 5] = (values[at + 5] as number) + (out[from + 5] as number);
      values[at + 6] = (values[at + 6] as number) + (out[from + 6] as number);
      values[at + 7] = (values[at + 7] as number) + (out[from + 7] as number);
    }
  }
  if (!exact) {
    for (let block = 0; block < n; block += 8) {
      for (let i = 0; i < m; i++) {
        const at = block * m + i * 8;
        const from = (row + i) * width + column + block;
        for (let j = 0; j < 8; j++) {
          const before = data[offset + at + j] as number;
          if (isExact(before, out[from + j] as number, left, right, row + i, column + block + j)) continue;
          values[at + j] = sumInOrder(left, right, row + i, column + block + j, bf16ToF32(before));
        }
      }
    }
  }
  roundTile(data, offset, m * n);
}

function isZero(words: Int32Array, from: number, count: number): boolean {
  for (let i = from; i < from + count; i++) if (words[i] !== 0) return false;
  return true;
}

/** The lowest and the highest exponent of some rows. */
function rowExponents(left: QuantisedStack, firstRow: number, endRow: number): readonly [number, number] {
  let lowest = 255;
  let highest = 0;
  for (let row = firstRow; row < endRow; row++) {
    lowest = Math.min(lowest, left.range.lowest[row] as number);
    highest = Math.max(highest, left.range.highest[row] as number);
  }
  return [lowest, highest];
}

/** Whether the sums of a tile that begins with zeros are exact. */
function isExactProduct(left: QuantisedStack, right: QuantisedStack, firstRow: number, endRow: number): boolean {
  const [lowest, highest] = rowExponents(left, firstRow, endRow);
  if (highest === NOT_FINITE || right.highest === NOT_FINITE) return false;
  return isExactSum(lowest + right.lowest, highest + right.highest, left.depth, null);
}

/** Whether all sums of a tile are exact, by the largest and smallest exponents in it. */
function isExactTile(
  data: Uint16Array,
  offset: number,
  count: number,
  left: QuantisedStack,
  right: QuantisedStack,
  firstRow: number,
  endRow: number,
): boolean {
  const [lowestRow, highestRow] = rowExponents(left, firstRow, endRow);
  if (highestRow === NOT_FINITE || right.highest === NOT_FINITE) return false;
  let lowestOwn = 255;
  let highestOwn = 0;
  let zeros = true;
  for (let i = offset; i < offset + count; i++) {
    const bits = data[i] as number;
    if (bits === 0) continue;
    // The sign of a zero that was there stays or goes with the signs of the products.
    if (bits === 0x8000) return false;
    zeros = false;
    const exponent = (bits >> 7) & 0xff;
    if (exponent < lowestOwn) lowestOwn = exponent;
    if (exponent > highestOwn) highestOwn = exponent;
  }
  return isExactSum(
    lowestRow + right.lowest,
    highestRow + right.highest,
    left.depth,
    zeros ? null : { lowest: lowestOwn, highest: highestOwn },
  );
}

/**
 * Whether numbers with exponents in `own` and products whose operands' exponents add up to lowest … highest
 * have an exact sum in whatever order. The unit of an operand is 2^(exponent − 133), the last bit of a bf16
 * number 2^(exponent − 134).
 */
export function isExactSum(
  lowest: number,
  highest: number,
  depth: number,
  own: { readonly lowest: number; readonly highest: number } | null,
): boolean {
  const bits = PRODUCT_BITS + Math.ceil(Math.log2(depth));
  if (own === null) return highest + bits - lowest <= EXACT_BITS;
  const last = Math.min(lowest - 266, Math.max(own.lowest, 1) - 134);
  const bound = Math.max(highest - 266 + bits, Math.max(own.highest, 1) - 126);
  return own.highest !== NOT_FINITE && bound + 1 - last <= EXACT_BITS;
}

/** Whether a bf16 number and a row's and column's products have an exact sum in whatever order. */
function isExact(
  before: number,
  sum: number,
  left: QuantisedStack,
  right: QuantisedStack,
  row: number,
  column: number,
): boolean {
  if (before === 0x8000) return sum !== 0;
  const exponent = (before >> 7) & 0xff;
  const [a, b] = [left.range, right.range];
  const highestLeft = a.highest[row] as number;
  const highestRight = b.highest[column] as number;
  if (highestLeft === NOT_FINITE || highestRight === NOT_FINITE) return false;
  return isExactSum(
    (a.lowest[row] as number) + (b.lowest[column] as number),
    highestLeft + highestRight,
    left.depth,
    before === 0 ? null : { lowest: exponent, highest: exponent },
  );
}

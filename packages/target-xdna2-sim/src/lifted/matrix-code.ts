import { type Code, constant, f32x4, f64x2, i16x8, i32, i32x4, shuffle32, v128 } from '../wasm/code.ts';
import { type FunctionBuilder, type Local, type WasmFunction, wasmFunction } from '../wasm/wasm-module.ts';

const EXPONENT = 0x7f800000;
const MAGNITUDE = 0x7fffffff;
/** From the exponent e of a block's largest value, in its place: to 2^(e − 6), and from it to 2^(6 − e). */
const TO_UNIT = 6 << 23;
const TO_PER_UNIT = 260 << 23;

const advance = (local: Local, by: number): Code => local.set(i32.add(local.get, constant(by)));

/** What eight values of one exponent are quantised with, and what is noted of them. */
interface BlockLocals {
  readonly largest: Local;
  readonly unit: Local;
  readonly perUnit: Local;
  readonly squares: Local;
  readonly lowest: Local;
  readonly highest: Local;
  readonly value: Local;
}

function blockLocals(builder: FunctionBuilder): BlockLocals {
  return builder.variables('v128', 'largest', 'unit', 'perUnit', 'squares', 'lowest', 'highest', 'value');
}

/** Unit and range of blocks whose largest magnitudes are in `largest`. Garbage, but finite, where those are zero. */
function settleBlock({ largest, unit, perUnit, lowest, highest }: BlockLocals): Code {
  const exponent = v128.and(largest.get, i32x4.all(EXPONENT));
  const some = i32x4.greaterThan(largest.get, i32x4.all(0));
  return [
    unit.set(i32x4.subtract(exponent, i32x4.all(TO_UNIT))),
    perUnit.set(i32x4.subtract(i32x4.all(TO_PER_UNIT), exponent)),
    lowest.set(i32x4.minimumUnsigned(lowest.get, v128.select(largest.get, i32x4.all(MAGNITUDE), some))),
    highest.set(i32x4.maximum(highest.get, largest.get)),
  ];
}

/** Quantises four f32 and stores them; adds their squares. */
function quantise({ unit, perUnit, squares, value }: BlockLocals, from: Code, to: Code, offset: number): Code {
  const mantissa = f32x4.pseudoMinimum(f32x4.nearest(f32x4.multiply(from, perUnit.get)), f32x4.all(127));
  return [
    value.set(f32x4.multiply(mantissa, unit.get)),
    v128.store(to, value.get, offset),
    squares.set(f32x4.add(squares.get, f32x4.multiply(value.get, value.get))),
  ];
}

/**
 * Quantises rows of bf16 whose values are contiguous, `stride` bytes apart, to f32 [rows, length]. Notes of each row
 * four sums of squares, and the lowest (not zero) and highest magnitude of a block, as f32.
 */
export const quantiseRowsFunction: WasmFunction = wasmFunction(
  'quantiseRows',
  {
    input: 'i32',
    stride: 'i32',
    rows: 'i32',
    length: 'i32',
    output: 'i32',
    squares: 'i32',
    range: 'i32',
    blocks: 'i32',
  },
  (builder, given) => {
    const { row, at, from } = builder.variables('i32', 'row', 'at', 'from');
    const locals = blockLocals(builder);
    const { eight, most } = builder.variables('v128', 'eight', 'most');
    const { largest, squares, lowest, highest } = locals;
    /** The largest of all eight, in every lane. */
    const spread = (bytes: readonly number[]): Code =>
      most.set(i16x8.maximumUnsigned(most.get, v128.shuffle(most.get, most.get, bytes)));
    const widened = (half: (value: Code) => Code, value: Local): Code => i32x4.shiftLeft(half(value.get), constant(16));
    return builder.count(
      row,
      given.rows.get,
      1,
      from.set(given.input.get),
      squares.set(f32x4.all(0)),
      lowest.set(i32x4.all(MAGNITUDE)),
      highest.set(i32x4.all(0)),
      builder.count(
        at,
        given.length.get,
        8,
        eight.set(v128.load(from.get)),
        most.set(v128.and(eight.get, i32x4.all(0x7fff7fff))),
        spread([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]),
        spread([4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11]),
        spread([2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13]),
        largest.set(widened(i32x4.extendLowUnsigned, most)),
        settleBlock(locals),
        v128.store32(given.blocks.get, largest.get),
        quantise(locals, widened(i32x4.extendLowUnsigned, eight), given.output.get, 0),
        quantise(locals, widened(i32x4.extendHighUnsigned, eight), given.output.get, 16),
        advance(from, 16),
        advance(given.output, 32),
        advance(given.blocks, 4),
      ),
      v128.store(given.squares.get, squares.get),
      v128.store32(given.range.get, lowest.get),
      v128.store32(given.range.get, highest.get, 4),
      given.input.set(i32.add(given.input.get, given.stride.get)),
      advance(given.squares, 16),
      advance(given.range, 8),
    );
  },
);

/**
 * Quantises eight rows of bf16, `inputStride` bytes apart, of which each column is a block, to f32. Adds to each
 * column's sum of squares, and to the lowest (not zero) and highest magnitude of its blocks, as f32.
 */
export const quantiseColumnsFunction: WasmFunction = wasmFunction(
  'quantiseColumns',
  {
    ...({ input: 'i32', inputStride: 'i32', columns: 'i32', output: 'i32', outputStride: 'i32' } as const),
    ...({ squares: 'i32', lowest: 'i32', highest: 'i32', blocks: 'i32' } as const),
  },
  (builder, given) => {
    const { column, from, to } = builder.variables('i32', 'column', 'from', 'to');
    const locals = blockLocals(builder);
    const { largest, squares, lowest, highest } = locals;
    const values = builder.vectors(8);
    return builder.count(
      column,
      given.columns.get,
      4,
      from.set(given.input.get),
      to.set(given.output.get),
      largest.set(i32x4.all(0)),
      values.map((value) => [
        value.set(i32x4.shiftLeft(v128.load16x4Unsigned(from.get), constant(16))),
        largest.set(i32x4.maximum(largest.get, v128.and(value.get, i32x4.all(MAGNITUDE)))),
        from.set(i32.add(from.get, given.inputStride.get)),
      ]),
      squares.set(v128.load(given.squares.get)),
      lowest.set(v128.load(given.lowest.get)),
      highest.set(v128.load(given.highest.get)),
      settleBlock(locals),
      v128.store(given.blocks.get, largest.get),
      v128.store(given.lowest.get, lowest.get),
      v128.store(given.highest.get, highest.get),
      values.map((value) => [quantise(locals, value.get, to.get, 0), to.set(i32.add(to.get, given.outputStride.get))]),
      v128.store(given.squares.get, squares.get),
      advance(given.input, 8),
      [given.output, given.squares, given.lowest, given.highest, given.blocks].map((each) => advance(each, 16)),
    );
  },
);

/** What becomes of sums in float64: they stay that, or are rounded to f32 once, or from there to bf16, ties to even. */
type SumFormat = 'f64' | 'f32' | 'bf16';
const BYTES_PER_SUM: Readonly<Record<SumFormat, number>> = { f64: 8, f32: 4, bf16: 2 };

/**
 * Adds up products of slices, f32, `stride` bytes apart, on top of sums in float64. Nothing may be NaN. `elements` is a
 * multiple of eight.
 */
export function addSlicesFunction(name: string, format: SumFormat): WasmFunction {
  return wasmFunction(
    name,
    { products: 'i32', stride: 'i32', slices: 'i32', sums: 'i32', elements: 'i32', output: 'i32' },
    (builder, given) => {
      const { element, slice, from } = builder.variables('i32', 'element', 'slice', 'from');
      const sums = builder.vectors(4) as [Local, Local, Local, Local];
      const { low, high } = builder.variables('v128', 'low', 'high');
      const addHalves = (value: Local, first: Local, second: Local): Code => [
        first.set(f64x2.add(first.get, f64x2.promoteLow(value.get))),
        second.set(f64x2.add(second.get, f64x2.promoteLow(shuffle32(value.get, value.get, [2, 3, 2, 3])))),
      ];
      const rounded = (first: Local, second: Local): Code =>
        shuffle32(f32x4.demote(first.get), f32x4.demote(second.get), [0, 1, 4, 5]);
      const odd = (value: Local): Code => v128.and(i32x4.shiftRight(value.get, constant(16)), i32x4.all(1));
      const bf16 = (value: Local): Code =>
        i32x4.shiftRight(i32x4.add(i32x4.add(value.get, i32x4.all(0x7fff)), odd(value)), constant(16));
      const store: Readonly<Record<SumFormat, Code>> = {
        f64: sums.map((sum, index) => v128.store(given.output.get, sum.get, 16 * index)),
        f32: [v128.store(given.output.get, low.get), v128.store(given.output.get, high.get, 16)],
        bf16: v128.store(given.output.get, i16x8.narrowUnsigned(bf16(low), bf16(high))),
      };
      return builder.count(
        element,
        given.elements.get,
        8,
        from.set(given.products.get),
        sums.map((sum, index) => sum.set(v128.load(given.sums.get, 16 * index))),
        builder.count(
          slice,
          given.slices.get,
          1,
          low.set(v128.load(from.get)),
          high.set(v128.load(from.get, 16)),
          addHalves(low, sums[0], sums[1]),
          addHalves(high, sums[2], sums[3]),
          from.set(i32.add(from.get, given.stride.get)),
        ),
        low.set(rounded(sums[0], sums[1])),
        high.set(rounded(sums[2], sums[3])),
        store[format],
        advance(given.products, 32),
        advance(given.sums, 64),
        advance(given.output, 8 * BYTES_PER_SUM[format]),
      );
    },
  );
}

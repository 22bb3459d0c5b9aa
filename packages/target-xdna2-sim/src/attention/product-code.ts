import { type Code, constant, f64x2, i32, i32x4, shuffle32, v128 } from '../wasm/code.ts';
import { type FunctionBuilder, type Local, type WasmFunction, wasmFunction } from '../wasm/wasm-module.ts';
import { rangeGathering, rounding } from './rounding-code.ts';

/** Rows that are computed side by side, four in a vector. */
export const LANES = 16;
const VECTORS = LANES / 4;
/** Along k, in a quantised block. */
const BLOCK_PAIRS = 4;

export interface ProductVariant {
  /** All mantissas of a vector share one exponent, so that a whole sum is a whole number; else those of a block do. */
  readonly aligned: boolean;
  /** Leaves alone and lists what another order of the sum might round differently. */
  readonly checked: boolean;
  /** c = bf16(a·b), whatever c was. Does not write `range`. */
  readonly fresh: boolean;
}

type ProductParameters = Readonly<
  Record<'a' | 'ua' | 'b' | 'ub' | 'c' | 'm' | 'n' | 'k' | 'range' | 'list' | 'epsilon', Local>
>;

/**
 * c = bf16(c + a·b) of block quantised operands, with rows in lanes: the product of `attention-scores` and of
 * `matmul-bfp16-bf16`. m is a multiple of 16, n of 2, k of 8.
 *
 * a    int16 [k / 2, m, 2]     mantissas; neighbours along k share a lane
 * ua   float64 [k / 8, m]      their units; aligned [m]
 * b    int16 [n, k]
 * ub   float64 [n, k / 8]      aligned [n]
 * c    f32 [n, m]              bf16 values, finite
 *
 * Products of mantissas are added as whole numbers, without rounding, and blocks in float64. A checked product
 * lists, from `list` on, where four values are of which some change with `epsilon`, with a bit for each that does not,
 * and leaves the end of the list at range + 48.
 */
export function productFunction(name: string, variant: ProductVariant): WasmFunction {
  const parameters = {
    ...({ a: 'i32', ua: 'i32', b: 'i32', ub: 'i32', c: 'i32', m: 'i32', n: 'i32', k: 'i32' } as const),
    ...({ range: 'i32', list: 'i32', epsilon: 'f64' } as const),
  };
  return wasmFunction(name, parameters, (builder, given) =>
    variant.aligned ? alignedBody(builder, given, variant) : blockwiseBody(builder, given, variant),
  );
}

const times = (value: Local, bits: number): Code => i32.shiftLeft(value.get, constant(bits));
const plus = (a: Local, b: Code): Code => i32.add(a.get, b);
const advance = (local: Local, by: Code): Code => local.set(plus(local, by));
const upperHalf = (value: Code): Code => shuffle32(value, value, [2, 3, 2, 3]);

/** Two columns of sixteen rows at a time, through all of k. */
function alignedBody(builder: FunctionBuilder, given: ProductParameters, variant: ProductVariant): Code {
  const { column, row, aAt, b0, b1, end, cAt, uaAt, rowBytes } = builder.variables(
    'i32',
    ...(['column', 'row', 'aAt', 'b0', 'b1', 'end', 'cAt', 'uaAt', 'rowBytes'] as const),
  );
  const { left, unit } = builder.variables('v128', 'left', 'unit');
  const sides = [b0, b1].map((from) => ({ from, right: builder.local('v128'), sums: builder.vectors(VECTORS) }));
  const finish = finishing(builder, given, variant);
  const pairOfBlock = (pair: number): Code => [
    sides.map(({ from, right }) => right.set(v128.load32Splat(from.get, 4 * pair))),
    Array.from({ length: VECTORS }, (_, j) => [
      left.set(v128.load(aAt.get, 16 * j)),
      sides.map(({ right, sums }) => {
        const sum = sums[j] as Local;
        return sum.set(i32x4.add(sum.get, i32x4.dot(left.get, right.get)));
      }),
    ]),
    advance(aAt, rowBytes.get),
  ];
  const scaled = (sum: Code, at: number): Code =>
    f64x2.multiply(f64x2.convertLow(sum), f64x2.multiply(v128.load(uaAt.get, at), unit.get));
  return [
    finish.begin,
    rowBytes.set(times(given.m, 2)),
    builder.count(
      column,
      given.n.get,
      2,
      builder.count(
        row,
        given.m.get,
        LANES,
        sides.map(({ sums }) => sums.map((sum) => sum.set(i32x4.all(0)))),
        aAt.set(plus(given.a, times(row, 2))),
        b0.set(plus(given.b, i32.multiply(column.get, times(given.k, 1)))),
        b1.set(plus(b0, times(given.k, 1))),
        end.set(b1.get),
        builder.repeat(
          i32.lessThan(b0.get, end.get),
          Array.from({ length: BLOCK_PAIRS }, (_, pair) => pairOfBlock(pair)),
          advance(b0, constant(16)),
          advance(b1, constant(16)),
        ),
        uaAt.set(plus(given.ua, times(row, 3))),
        cAt.set(i32.add(given.c.get, i32.add(i32.multiply(column.get, rowBytes.get), times(row, 2)))),
        sides.map(({ sums }, side) => [
          unit.set(v128.load64Splat(plus(given.ub, times(column, 3)), 8 * side)),
          sums.map((sum, j) =>
            finish.four(cAt, 16 * j, scaled(sum.get, 32 * j), scaled(upperHalf(sum.get), 32 * j + 16)),
          ),
          advance(cAt, rowBytes.get),
        ]),
      ),
    ),
    finish.end,
  ];
}

/** A column of sixteen rows at a time, block by block. */
function blockwiseBody(builder: FunctionBuilder, given: ProductParameters, variant: ProductVariant): Code {
  const { column, row, aAt, bAt, end, cAt, uaAt, ubAt, rowBytes } = builder.variables(
    'i32',
    ...(['column', 'row', 'aAt', 'bAt', 'end', 'cAt', 'uaAt', 'ubAt', 'rowBytes'] as const),
  );
  const { right, unit } = builder.variables('v128', 'right', 'unit');
  const lanes = builder.vectors(VECTORS).map((block) => {
    const { low, high } = builder.variables('v128', 'low', 'high');
    return { block, low, high };
  });
  const finish = finishing(builder, given, variant);
  const pairOfBlock = (pair: number): Code => [
    right.set(v128.load32Splat(bAt.get, 4 * pair)),
    lanes.map(({ block }, j) => {
      const products = i32x4.dot(v128.load(aAt.get, 16 * j), right.get);
      return block.set(pair === 0 ? products : i32x4.add(block.get, products));
    }),
    advance(aAt, rowBytes.get),
  ];
  const addScaled = (sum: Local, block: Code, at: number): Code => {
    const scaled = f64x2.multiply(f64x2.convertLow(block), f64x2.multiply(v128.load(uaAt.get, at), unit.get));
    return sum.set(f64x2.add(sum.get, scaled));
  };
  return [
    finish.begin,
    rowBytes.set(times(given.m, 2)),
    builder.count(
      column,
      given.n.get,
      1,
      builder.count(
        row,
        given.m.get,
        LANES,
        lanes.map(({ low, high }) => [low.set(i32x4.all(0)), high.set(i32x4.all(0))]),
        aAt.set(plus(given.a, times(row, 2))),
        uaAt.set(plus(given.ua, times(row, 3))),
        ubAt.set(plus(given.ub, i32.multiply(column.get, given.k.get))),
        bAt.set(plus(given.b, i32.multiply(column.get, times(given.k, 1)))),
        end.set(plus(bAt, times(given.k, 1))),
        builder.repeat(
          i32.lessThan(bAt.get, end.get),
          Array.from({ length: BLOCK_PAIRS }, (_, pair) => pairOfBlock(pair)),
          unit.set(v128.load64Splat(ubAt.get)),
          lanes.map(({ block, low, high }, j) => [
            addScaled(low, block.get, 32 * j),
            addScaled(high, upperHalf(block.get), 32 * j + 16),
          ]),
          advance(uaAt, times(given.m, 3)),
          advance(ubAt, constant(8)),
          advance(bAt, constant(16)),
        ),
        cAt.set(i32.add(given.c.get, i32.add(i32.multiply(column.get, rowBytes.get), times(row, 2)))),
        lanes.map(({ low, high }, j) => finish.four(cAt, 16 * j, low.get, high.get)),
      ),
    ),
    finish.end,
  ];
}

interface Finishing {
  readonly begin: Code;
  readonly end: Code;
  /** Four rows of a column of c, from their sums in float64. */
  four(cAt: Local, offset: number, lowSum: Code, highSum: Code): Code;
}

/** Adds sums to c, rounds and stores. */
function finishing(builder: FunctionBuilder, given: ProductParameters, { checked, fresh }: ProductVariant): Finishing {
  const { begin, round, demote } = rounding(builder);
  const range = rangeGathering(builder);
  const { before, low, high, result } = builder.variables('v128', 'before', 'low', 'high', 'result');
  if (fresh) {
    return {
      begin,
      end: [],
      four: (cAt, offset, lowSum, highSum) => v128.store(cAt.get, round(demote(lowSum, highSum)), offset),
    };
  }
  const check = checked ? checking(builder, given) : null;
  return {
    begin: [begin, range.begin, check?.begin ?? []],
    end: range.end(given.range.get),
    four: (cAt, offset, lowSum, highSum) => [
      before.set(v128.load(cAt.get, offset)),
      low.set(f64x2.add(f64x2.promoteLow(before.get), lowSum)),
      high.set(f64x2.add(f64x2.promoteLow(upperHalf(before.get)), highSum)),
      check === null
        ? result.set(round(demote(low.get, high.get)))
        : check.four({ before, low, high, result }, (a, b) => round(demote(a, b)), plus(cAt, constant(offset))),
      v128.store(cAt.get, result.get, offset),
      range.add(result.get),
    ],
  };
}

/** Keeps what was there, and lists it, where a sum less and a sum more by epsilon round differently. */
function checking(builder: FunctionBuilder, given: ProductParameters) {
  const { epsilon, other, certain } = builder.variables('v128', 'epsilon', 'other', 'certain');
  const bits = builder.local('i32');
  return {
    begin: [epsilon.set(f64x2.splat(given.epsilon.get)), i32.store(given.range.get, given.list.get, 48)],
    four: (
      { before, low, high, result }: Readonly<Record<'before' | 'low' | 'high' | 'result', Local>>,
      round: (low: Code, high: Code) => Code,
      address: Code,
    ): Code => [
      other.set(round(f64x2.subtract(low.get, epsilon.get), f64x2.subtract(high.get, epsilon.get))),
      result.set(round(f64x2.add(low.get, epsilon.get), f64x2.add(high.get, epsilon.get))),
      certain.set(i32x4.equal(result.get, other.get)),
      result.set(v128.select(result.get, before.get, certain.get)),
      bits.set(i32x4.bitmask(certain.get)),
      builder.when(
        i32.lessThan(bits.get, constant(15)),
        i32.store(given.list.get, address),
        i32.store(given.list.get, bits.get, 4),
        advance(given.list, constant(8)),
        i32.store(given.range.get, given.list.get, 48),
      ),
    ],
  };
}

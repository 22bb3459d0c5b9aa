import { type Code, constant, f32x4, i32, i32x4, v128 } from '../wasm/code.ts';
import { type FunctionBuilder, type Local, type WasmFunction, wasmFunction } from '../wasm/wasm-module.ts';
import { rangeGathering, rounding } from './rounding-code.ts';

const BLOCK = 8;
const bytesOf = (elements: Local): Code => i32.shiftLeft(elements.get, constant(2));
const advance = (local: Local, by: Code): Code => local.set(i32.add(local.get, by));

/**
 * `exponential2Bf16` of x ≤ 0, as f32. With t = 128·x its definition is ⌊16256 + t⌋ with a sum in float64: that is
 * 16256 + ⌊t⌋, but for t from −2^−40 on, which the sum loses.
 */
function exponential(builder: FunctionBuilder): { readonly begin: Code; of(x: Code): Code } {
  const { steps, perUnit, lost, lowest, rounder, bias, least } = builder.variables(
    'v128',
    ...(['steps', 'perUnit', 'lost', 'lowest', 'rounder', 'bias', 'least'] as const),
  );
  return {
    begin: [
      perUnit.set(f32x4.all(128)),
      lost.set(f32x4.all(-(2 ** -40))),
      lowest.set(f32x4.all(-(2 ** 15))),
      // Adding 1.5·2^23 to a whole number leaves it in the low bits.
      rounder.set(f32x4.all(1.5 * 2 ** 23)),
      bias.set(i32x4.all(0x4b400000 - 127 * 128)),
      least.set(i32x4.all(127)),
    ],
    of: (x) => [
      steps.set(f32x4.pseudoMaximum(f32x4.multiply(x, perUnit.get), lowest.get)),
      steps.set(v128.andNot(steps.get, f32x4.greaterOrEqual(steps.get, lost.get))),
      steps.set(i32x4.subtract(f32x4.add(f32x4.floor(steps.get), rounder.get), bias.get)),
      v128.and(i32x4.shiftLeft(steps.get, constant(16)), i32x4.greaterThan(steps.get, least.get)),
    ],
  };
}

/**
 * `attention-softmax` and `attention-sum`, with rows in lanes. scores f32 [n, m] become probabilities; maximum, sum,
 * factor and sums are f32 [m]; exponents int32 [n / 8, m] are those of each block's largest probability, and lowest
 * int32 [m] the least of a row's that are not zero, 255 where all are. `scale` is the address of an f32. All finite.
 * To `range`, by lane: the largest spread of a row's exponents, the lowest and the highest of all, and bits
 * where a factor is not 1.
 */
export const softmaxFunction: WasmFunction = wasmFunction(
  'softmax',
  {
    ...({ scores: 'i32', m: 'i32', n: 'i32', maximum: 'i32', sum: 'i32', factor: 'i32', sums: 'i32' } as const),
    ...({ exponents: 'i32', lowest: 'i32', scale: 'i32', range: 'i32' } as const),
  },
  (builder, given) => {
    const { row, lane, at, end, exponentAt, rowBytes } = builder.variables(
      'i32',
      ...(['row', 'lane', 'at', 'end', 'exponentAt', 'rowBytes'] as const),
    );
    const { before, largest, scale, total, factor, value } = builder.variables(
      'v128',
      ...(['before', 'largest', 'scale', 'total', 'factor', 'value'] as const),
    );
    const { exponent, low, high, none, zero, one } = builder.variables(
      'v128',
      ...(['exponent', 'low', 'high', 'none', 'zero', 'one'] as const),
    );
    const { spread, lowestOfAll, highestOfAll, changed } = builder.variables(
      'v128',
      ...(['spread', 'lowestOfAll', 'highestOfAll', 'changed'] as const),
    );
    const power = exponential(builder);
    const { begin, round } = rounding(builder);
    const scaled = (score: Code): Code => f32x4.multiply(f32x4.subtract(score, largest.get), scale.get);
    const here = (base: Local): Code => i32.add(base.get, lane.get);
    const eachOfBlock = (...body: readonly Code[]): Code =>
      Array.from({ length: BLOCK }, () => [body, advance(at, rowBytes.get)]);
    return [
      begin,
      power.begin,
      scale.set(v128.load32Splat(given.scale.get)),
      none.set(i32x4.all(255)),
      zero.set(i32x4.all(0)),
      one.set(f32x4.all(1)),
      lowestOfAll.set(none.get),
      rowBytes.set(bytesOf(given.m)),
      builder.count(
        row,
        given.m.get,
        4,
        lane.set(bytesOf(row)),
        before.set(v128.load(here(given.maximum))),
        largest.set(before.get),
        at.set(here(given.scores)),
        end.set(i32.add(at.get, i32.multiply(given.n.get, rowBytes.get))),
        builder.repeat(
          i32.lessThan(at.get, end.get),
          eachOfBlock(largest.set(f32x4.pseudoMaximum(largest.get, v128.load(at.get)))),
        ),
        v128.store(here(given.maximum), largest.get),
        factor.set(power.of(scaled(before.get))),
        v128.store(here(given.factor), factor.get),
        changed.set(v128.or(changed.get, v128.xor(factor.get, one.get))),
        total.set(zero.get),
        low.set(none.get),
        high.set(zero.get),
        exponentAt.set(here(given.exponents)),
        at.set(here(given.scores)),
        builder.repeat(
          i32.lessThan(at.get, end.get),
          exponent.set(zero.get),
          eachOfBlock(
            value.set(power.of(scaled(v128.load(at.get)))),
            v128.store(at.get, value.get),
            total.set(f32x4.add(total.get, value.get)),
            exponent.set(i32x4.maximum(exponent.get, value.get)),
          ),
          exponent.set(i32x4.shiftRight(exponent.get, constant(23))),
          v128.store(exponentAt.get, exponent.get),
          advance(exponentAt, rowBytes.get),
          high.set(i32x4.maximum(high.get, exponent.get)),
          low.set(
            i32x4.minimum(low.get, v128.or(exponent.get, v128.and(none.get, i32x4.equal(exponent.get, zero.get)))),
          ),
        ),
        v128.store(here(given.lowest), low.get),
        spread.set(i32x4.maximum(spread.get, i32x4.subtract(high.get, low.get))),
        lowestOfAll.set(i32x4.minimum(lowestOfAll.get, low.get)),
        highestOfAll.set(i32x4.maximum(highestOfAll.get, high.get)),
        total.set(round(total.get)),
        v128.store(here(given.sums), total.get),
        value.set(round(f32x4.multiply(v128.load(here(given.sum)), factor.get))),
        v128.store(here(given.sum), round(f32x4.add(value.get, total.get))),
      ),
      v128.store(given.range.get, spread.get),
      v128.store(given.range.get, lowestOfAll.get, 16),
      v128.store(given.range.get, highestOfAll.get, 32),
      v128.store(given.range.get, changed.get, 48),
    ];
  },
);

/** `attention-mask`, with rows in lanes: score (key, row) becomes the lowest bf16 number where row < key + first. */
export const maskFunction: WasmFunction = wasmFunction(
  'mask',
  { scores: 'i32', m: 'i32', n: 'i32', first: 'i32' },
  (builder, given) => {
    const { key, row, at } = builder.variables('i32', 'key', 'row', 'at');
    const { rows, bound, lowest, four } = builder.variables('v128', 'rows', 'bound', 'lowest', 'four');
    return [
      lowest.set(i32x4.all(0xff7f0000)),
      four.set(i32x4.all(4)),
      at.set(given.scores.get),
      builder.count(
        key,
        given.n.get,
        1,
        bound.set(i32x4.splat(i32.add(key.get, given.first.get))),
        rows.set(i32x4.constant(0, 1, 2, 3)),
        builder.count(
          row,
          given.m.get,
          4,
          v128.store(at.get, v128.select(lowest.get, v128.load(at.get), i32x4.lessThan(rows.get, bound.get))),
          rows.set(i32x4.add(rows.get, four.get)),
          advance(at, constant(16)),
        ),
      ),
    ];
  },
);

/** `attention-rescale`, with rows in lanes: values f32 [n, m] times factor f32 [m], as bf16; their range to `range`. */
export const rescaleFunction: WasmFunction = wasmFunction(
  'rescale',
  { values: 'i32', m: 'i32', n: 'i32', factor: 'i32', range: 'i32' },
  (builder, given) => {
    const { column, row, at } = builder.variables('i32', 'column', 'row', 'at');
    const value = builder.local('v128');
    const { begin, round } = rounding(builder);
    const range = rangeGathering(builder);
    return [
      begin,
      range.begin,
      at.set(given.values.get),
      builder.count(
        column,
        given.n.get,
        1,
        builder.count(
          row,
          given.m.get,
          4,
          value.set(round(f32x4.multiply(v128.load(at.get), v128.load(i32.add(given.factor.get, bytesOf(row)))))),
          v128.store(at.get, value.get),
          range.add(value.get),
          advance(at, constant(16)),
        ),
      ),
      range.end(given.range.get),
    ];
  },
);

import { type Code, constant, f32x4, i16x8, i32, i32x4, v128 } from '../wasm/code.ts';
import { type FunctionBuilder, type Local, type WasmFunction, wasmFunction } from '../wasm/wasm-module.ts';
import { rounding } from './rounding-code.ts';

const advance = (local: Local, by: number): Code => local.set(i32.add(local.get, constant(by)));
const bytesOf = (elements: Local): Code => i32.shiftLeft(elements.get, constant(2));
const low = (eight: Code): Code => i32x4.shiftLeft(i32x4.extendLowUnsigned(eight), constant(16));
const high = (eight: Code): Code => i32x4.shiftLeft(i32x4.extendHighUnsigned(eight), constant(16));
const narrow = (a: Code, b: Code): Code =>
  i16x8.narrowUnsigned(i32x4.shiftRight(a, constant(16)), i32x4.shiftRight(b, constant(16)));

/** Runs the body for each row of bf16 [n / 8, m, 8], with four times its number in `row`. */
function eachRow(builder: FunctionBuilder, m: Local, n: Local, body: (row: Local) => Code): Code {
  const { column, row } = builder.variables('i32', 'column', 'row');
  return builder.count(column, n.get, 8, builder.count(row, bytesOf(m), 4, body(row)));
}

/**
 * `attention-rescale` and `attention-normalise` where values lie as in L1: bf16 [n / 8, m, 8] times factor f32 [m].
 * To `range` the largest magnitude of any result, by lane, as f32 bits.
 */
export const scaleRowsFunction: WasmFunction = wasmFunction(
  'scaleRows',
  { values: 'i32', factor: 'i32', m: 'i32', n: 'i32', range: 'i32' },
  (builder, given) => {
    const { by, eight, first, second, largest, magnitudes } = builder.variables(
      'v128',
      ...(['by', 'eight', 'first', 'second', 'largest', 'magnitudes'] as const),
    );
    const { begin, round } = rounding(builder);
    const largestOf = (value: Local): Code =>
      largest.set(i32x4.maximum(largest.get, v128.and(value.get, magnitudes.get)));
    return [
      begin,
      magnitudes.set(i32x4.all(0x7fffffff)),
      eachRow(builder, given.m, given.n, (row) => [
        by.set(v128.load32Splat(i32.add(given.factor.get, row.get))),
        eight.set(v128.load(given.values.get)),
        first.set(round(f32x4.multiply(low(eight.get), by.get))),
        second.set(round(f32x4.multiply(high(eight.get), by.get))),
        largestOf(first),
        largestOf(second),
        v128.store(given.values.get, narrow(first.get, second.get)),
        advance(given.values, 16),
      ]),
      v128.store(given.range.get, largest.get),
    ];
  },
);

/**
 * The wide part of `attention-merge` where values lie as in L1, bf16 [n / 8, m, 8]:
 * own = bf16(bf16(own · ownFactor) + bf16(other · otherFactor)), with factors f32 [m]. `range` as of scaleRows.
 */
export const mergeRowsFunction: WasmFunction = wasmFunction(
  'mergeRows',
  { own: 'i32', other: 'i32', ownFactor: 'i32', otherFactor: 'i32', m: 'i32', n: 'i32', range: 'i32' },
  (builder, given) => {
    const { ownBy, otherBy, own, other, first, second, largest, magnitudes } = builder.variables(
      'v128',
      ...(['ownBy', 'otherBy', 'own', 'other', 'first', 'second', 'largest', 'magnitudes'] as const),
    );
    const { begin, round } = rounding(builder);
    const scaled = builder.local('v128');
    const merged = (half: (eight: Code) => Code): Code => [
      scaled.set(round(f32x4.multiply(half(own.get), ownBy.get))),
      round(f32x4.add(scaled.get, round(f32x4.multiply(half(other.get), otherBy.get)))),
    ];
    const largestOf = (value: Local): Code =>
      largest.set(i32x4.maximum(largest.get, v128.and(value.get, magnitudes.get)));
    return [
      begin,
      magnitudes.set(i32x4.all(0x7fffffff)),
      eachRow(builder, given.m, given.n, (row) => [
        ownBy.set(v128.load32Splat(i32.add(given.ownFactor.get, row.get))),
        otherBy.set(v128.load32Splat(i32.add(given.otherFactor.get, row.get))),
        own.set(v128.load(given.own.get)),
        other.set(v128.load(given.other.get)),
        first.set(merged(low)),
        second.set(merged(high)),
        largestOf(first),
        largestOf(second),
        v128.store(given.own.get, narrow(first.get, second.get)),
        advance(given.own, 16),
        advance(given.other, 16),
      ]),
      v128.store(given.range.get, largest.get),
    ];
  },
);

import { type Code, constant, f32x4, i16x8, i32, i32x4, i64x2, v128 } from '../wasm/code.ts';
import { type Local, type WasmFunction, wasmFunction } from '../wasm/wasm-module.ts';

/** From the biased exponent e of an f32 to that of 2^(e − 133) in float64. */
const UNIT_BIAS = i32x4.constant(1023 - 133, 0, 1023 - 133, 0);
const BLOCK_PAIRS = 4;
const advance = (local: Local, by: Code): Code => local.set(i32.add(local.get, by));

/**
 * Quantises probabilities f32 [n, m] along n to the left operand of a product: mantissas int16 [n / 2, m, 2] and
 * units float64 [n / 8, m], or [m] if aligned. `exponents` and `lowest` are as softmax leaves them; for an
 * aligned one no row's exponents may be more than eight apart.
 */
export function quantiseFunction(name: string, aligned: boolean): WasmFunction {
  const parameters = {
    ...({ values: 'i32', m: 'i32', n: 'i32', exponents: 'i32', lowest: 'i32' } as const),
    ...({ mantissas: 'i32', units: 'i32' } as const),
  };
  return wasmFunction(name, parameters, (builder, given) => {
    const { row, lane, at, end, to, exponentAt, unitAt, rowBytes } = builder.variables(
      'i32',
      ...(['row', 'lane', 'at', 'end', 'to', 'exponentAt', 'unitAt', 'rowBytes'] as const),
    );
    const { exponent, magic, most, one, first, second, low, factor } = builder.variables(
      'v128',
      ...(['exponent', 'magic', 'most', 'one', 'first', 'second', 'low', 'factor'] as const),
    );
    const { magicBias, magicBits, factorBias } = builder.variables('v128', 'magicBias', 'magicBits', 'factorBias');
    const here = (base: Local): Code => i32.add(base.get, lane.get);
    const next = (into: Local): Code => [
      into.set(i32x4.subtract(f32x4.add(v128.load(at.get), magic.get), magic.get)),
      into.set(i32x4.minimum(into.get, most.get)),
      advance(at, rowBytes.get),
    ];
    const unit = (of: Code): Code => i64x2.shiftLeft(i64x2.add(of, UNIT_BIAS), constant(52));
    const storeUnits = (of: Local): Code => [
      v128.store(unitAt.get, unit(i64x2.extendLowUnsigned(of.get))),
      v128.store(unitAt.get, unit(i64x2.extendHighUnsigned(of.get)), 16),
    ];
    const power = i32x4.add(i32x4.subtract(exponent.get, low.get), factorBias.get);
    return [
      rowBytes.set(i32.shiftLeft(given.m.get, constant(2))),
      most.set(i32x4.all(127)),
      one.set(i32x4.all(1)),
      magicBias.set(i32x4.all(17)),
      magicBits.set(i32x4.all(0x400000)),
      factorBias.set(i32x4.all(127)),
      builder.count(
        row,
        given.m.get,
        4,
        lane.set(i32.shiftLeft(row.get, constant(2))),
        at.set(here(given.values)),
        end.set(i32.add(at.get, i32.multiply(given.n.get, rowBytes.get))),
        to.set(here(given.mantissas)),
        exponentAt.set(here(given.exponents)),
        unitAt.set(i32.add(given.units.get, i32.shiftLeft(row.get, constant(3)))),
        aligned ? [low.set(v128.load(here(given.lowest))), storeUnits(low)] : [],
        builder.repeat(
          i32.lessThan(at.get, end.get),
          exponent.set(i32x4.maximum(v128.load(exponentAt.get), one.get)),
          // 1.5·2^23 units: adding it rounds to whole units, ties to even, and leaves them in the low bits.
          magic.set(v128.or(i32x4.shiftLeft(i32x4.add(exponent.get, magicBias.get), constant(23)), magicBits.get)),
          aligned
            ? [
                factor.set(i32x4.truncate(i32x4.shiftLeft(power, constant(23)))),
                factor.set(v128.or(factor.get, i32x4.shiftLeft(factor.get, constant(16)))),
              ]
            : [storeUnits(exponent), advance(unitAt, i32.shiftLeft(given.m.get, constant(3)))],
          Array.from({ length: BLOCK_PAIRS }, () => [
            next(first),
            next(second),
            first.set(v128.or(first.get, i32x4.shiftLeft(second.get, constant(16)))),
            v128.store(to.get, aligned ? i16x8.multiply(first.get, factor.get) : first.get),
            advance(to, rowBytes.get),
          ]),
          advance(exponentAt, rowBytes.get),
        ),
      ),
    ];
  });
}

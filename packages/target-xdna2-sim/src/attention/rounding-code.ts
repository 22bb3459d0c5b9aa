import { type Code, constant, f32x4, i32x4, shuffle32, v128 } from '../wasm/code.ts';
import type { FunctionBuilder } from '../wasm/wasm-module.ts';

/** Code with constants in variables, which `begin` sets: within a loop they would be built anew each time. */
export interface Rounding {
  readonly begin: Code;
  /** f32 lanes rounded to bf16, nearest even, still as f32. What is not finite comes out wrong. */
  round(value: Code): Code;
  /** The two lanes of `low` and those of `high`, float64, as f32. */
  demote(low: Code, high: Code): Code;
}

export function rounding(builder: FunctionBuilder): Rounding {
  const { half, one, upper, value } = builder.variables('v128', 'half', 'one', 'upper', 'value');
  return {
    begin: [half.set(i32x4.all(0x7fff)), one.set(i32x4.all(1)), upper.set(i32x4.all(0xffff0000))],
    round: (code) => [
      value.set(code),
      v128.and(
        i32x4.add(i32x4.add(value.get, half.get), v128.and(i32x4.shiftRight(value.get, constant(16)), one.get)),
        upper.get,
      ),
    ],
    demote: (low, high) => shuffle32(f32x4.demote(low), f32x4.demote(high), [0, 1, 4, 5]),
  };
}

/** Gathers on the way what the bf16 values of a tile have in common: `tileRange` reads it. */
export interface RangeGathering {
  readonly begin: Code;
  add(value: Code): Code;
  /** Writes, by lane: the largest magnitude, the smallest but zero (less one), the smallest bit pattern. */
  end(address: Code): Code;
}

export function rangeGathering(builder: FunctionBuilder): RangeGathering {
  const { magnitudes, one, largest, smallest, lowest, magnitude } = builder.variables(
    'v128',
    ...(['magnitudes', 'one', 'largest', 'smallest', 'lowest', 'magnitude'] as const),
  );
  return {
    begin: [
      magnitudes.set(i32x4.all(0x7fffffff)),
      one.set(i32x4.all(1)),
      largest.set(i32x4.all(0)),
      smallest.set(i32x4.all(-1)),
      lowest.set(i32x4.all(0x7fffffff)),
    ],
    add: (value) => [
      magnitude.set(v128.and(value, magnitudes.get)),
      largest.set(i32x4.maximum(largest.get, magnitude.get)),
      // Zero becomes the largest number without a sign.
      smallest.set(i32x4.minimumUnsigned(smallest.get, i32x4.subtract(magnitude.get, one.get))),
      lowest.set(i32x4.minimum(lowest.get, value)),
    ],
    end: (address) => [
      v128.store(address, largest.get),
      v128.store(address, smallest.get, 16),
      v128.store(address, lowest.get, 32),
    ],
  };
}

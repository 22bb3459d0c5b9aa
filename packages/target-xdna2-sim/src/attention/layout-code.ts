import { type Code, constant, f64x2, i32, i32x4, shuffle32, v128 } from '../wasm/code.ts';
import { type Local, type WasmFunction, wasmFunction } from '../wasm/wasm-module.ts';
import { rangeGathering, rounding } from './rounding-code.ts';

const bytesOf = (elements: Local, bits: number): Code => i32.shiftLeft(elements.get, constant(bits));
const advance = (local: Local, by: Code): Code => local.set(i32.add(local.get, by));

/** Four vectors of four lanes each, transposed: lane i of result j is lane j of vector i. */
function transposed([a, b, c, d]: readonly Local[], scratch: readonly Local[]): Code {
  const [ab, abHigh, cd, cdHigh] = scratch as [Local, Local, Local, Local];
  const [first, second, third, fourth] = [a, b, c, d] as [Local, Local, Local, Local];
  return [
    ab.set(shuffle32(first.get, second.get, [0, 4, 1, 5])),
    abHigh.set(shuffle32(first.get, second.get, [2, 6, 3, 7])),
    cd.set(shuffle32(third.get, fourth.get, [0, 4, 1, 5])),
    cdHigh.set(shuffle32(third.get, fourth.get, [2, 6, 3, 7])),
    first.set(shuffle32(ab.get, cd.get, [0, 1, 4, 5])),
    second.set(shuffle32(ab.get, cd.get, [2, 3, 6, 7])),
    third.set(shuffle32(abHigh.get, cdHigh.get, [0, 1, 4, 5])),
    fourth.set(shuffle32(abHigh.get, cdHigh.get, [2, 3, 6, 7])),
  ];
}

const LAYOUT = { blocks: 'i32', columns: 'i32', m: 'i32', n: 'i32' } as const;

/** bf16 [n / 8, m, 8], as L1 has it, to f32 [n, m]; their range to `range`. */
export const unpackFunction: WasmFunction = wasmFunction('unpack', { ...LAYOUT, range: 'i32' }, (builder, given) => {
  const { column, row, from, to, rowBytes } = builder.variables('i32', 'column', 'row', 'from', 'to', 'rowBytes');
  const { upper, value } = builder.variables('v128', 'upper', 'value');
  const rows = builder.vectors(4);
  const scratch = builder.vectors(4);
  const range = rangeGathering(builder);
  const store = (code: Code): Code => [
    value.set(code),
    v128.store(to.get, value.get),
    range.add(value.get),
    advance(to, rowBytes.get),
  ];
  return [
    range.begin,
    upper.set(i32x4.all(0xffff0000)),
    rowBytes.set(bytesOf(given.m, 2)),
    from.set(given.blocks.get),
    builder.count(
      column,
      given.n.get,
      8,
      builder.count(
        row,
        given.m.get,
        4,
        rows.map((each, index) => each.set(v128.load(from.get, 16 * index))),
        advance(from, constant(64)),
        transposed(rows, scratch),
        to.set(i32.add(given.columns.get, i32.add(i32.multiply(column.get, rowBytes.get), bytesOf(row, 2)))),
        rows.map((pair) => [store(i32x4.shiftLeft(pair.get, constant(16))), store(v128.and(pair.get, upper.get))]),
      ),
    ),
    range.end(given.range.get),
  ];
});

/** bf16 values as f32 [n, m] to [n / 8, m, 8], as L1 has it. */
export const packFunction: WasmFunction = wasmFunction('pack', LAYOUT, (builder, given) => {
  const { column, row, from, to, rowBytes } = builder.variables('i32', 'column', 'row', 'from', 'to', 'rowBytes');
  const pairs = builder.vectors(4);
  const scratch = builder.vectors(4);
  return [
    rowBytes.set(bytesOf(given.m, 2)),
    to.set(given.blocks.get),
    builder.count(
      column,
      given.n.get,
      8,
      builder.count(
        row,
        given.m.get,
        4,
        from.set(i32.add(given.columns.get, i32.add(i32.multiply(column.get, rowBytes.get), bytesOf(row, 2)))),
        pairs.map((pair) => [
          pair.set(i32x4.shiftRight(v128.load(from.get), constant(16))),
          advance(from, rowBytes.get),
          pair.set(v128.or(pair.get, v128.load(from.get))),
          advance(from, rowBytes.get),
        ]),
        transposed(pairs, scratch),
        pairs.map((each, index) => v128.store(to.get, each.get, 16 * index)),
        advance(to, constant(64)),
      ),
    ),
  ];
});

/** c f32 [n, m] = bf16(c + sums float64 [n]): what a row of ones in `matmul-bfp16-bf16` adds; range to `range`. */
export const addSumsFunction: WasmFunction = wasmFunction(
  'addSums',
  { c: 'i32', sums: 'i32', m: 'i32', n: 'i32', range: 'i32' },
  (builder, given) => {
    const { column, row, at } = builder.variables('i32', 'column', 'row', 'at');
    const { value, sum } = builder.variables('v128', 'value', 'sum');
    const { begin, round, demote } = rounding(builder);
    const range = rangeGathering(builder);
    const added = (half: Code): Code => f64x2.add(f64x2.promoteLow(half), sum.get);
    return [
      begin,
      range.begin,
      at.set(given.c.get),
      builder.count(
        column,
        given.n.get,
        1,
        sum.set(v128.load64Splat(i32.add(given.sums.get, bytesOf(column, 3)))),
        builder.count(
          row,
          given.m.get,
          4,
          value.set(v128.load(at.get)),
          value.set(round(demote(added(value.get), added(shuffle32(value.get, value.get, [2, 3, 2, 3]))))),
          v128.store(at.get, value.get),
          range.add(value.get),
          advance(at, constant(16)),
        ),
      ),
      range.end(given.range.get),
    ];
  },
);

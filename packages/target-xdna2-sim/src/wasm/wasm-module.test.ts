import { describe, expect, it } from 'vitest';
import { constant, f32x4, i32, i32x4, shuffle32, v128 } from './code.ts';
import { type WasmFunction, wasmFunction, wasmModule } from './wasm-module.ts';

/** What we use of it; TypeScript has it only among the types of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Instance extends Readonly<Record<string, unknown>> {
  readonly memory: { readonly buffer: ArrayBuffer };
}

function instance(...functions: readonly WasmFunction[]): Instance {
  return new WebAssembly.Instance(new WebAssembly.Module(wasmModule(functions, 1))).exports as Instance;
}

describe('a module', () => {
  it('holds whole numbers of any size', () => {
    const numbers = [0, 1, 63, 64, 127, 128, 8191, 8192, 2 ** 31 - 1, -1, -64, -65, -128, -(2 ** 31)];
    const stores = numbers.map((value, index) => i32.store(constant(4 * index), constant(value), 1000));
    const { memory, write } = instance(wasmFunction('write', {}, () => stores));
    (write as () => void)();
    expect([...new Int32Array(memory.buffer, 1000, numbers.length)]).toEqual(numbers);
  });

  it('counts, adds lanes, and does what a condition asks for', () => {
    const sum = wasmFunction('sum', { from: 'i32', count: 'i32', to: 'i32' }, (builder, { from, count, to }) => {
      const index = builder.local('i32');
      const { total } = builder.variables('v128', 'total');
      return [
        total.set(i32x4.all(0)),
        builder.count(
          index,
          count.get,
          4,
          total.set(f32x4.add(total.get, v128.load(i32.add(from.get, i32.shiftLeft(index.get, constant(2)))))),
        ),
        v128.store(to.get, total.get),
        builder.when(
          i32.lessThan(constant(8), count.get),
          v128.store(to.get, shuffle32(total.get, total.get, [3, 6, 1, 4]), 16),
        ),
      ];
    });
    const { memory, sum: run } = instance(sum);
    const floats = new Float32Array(memory.buffer);
    floats.set(Array.from({ length: 12 }, (_, index) => index));
    (run as (...given: number[]) => void)(0, 8, 400);
    expect([...floats.subarray(100, 108)]).toEqual([4, 6, 8, 10, 0, 0, 0, 0]);
    (run as (...given: number[]) => void)(0, 12, 400);
    expect([...floats.subarray(100, 108)]).toEqual([12, 15, 18, 21, 21, 18, 15, 12]);
  });
});

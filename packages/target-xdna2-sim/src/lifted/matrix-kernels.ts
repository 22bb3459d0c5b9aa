import { wasmModule } from '../wasm/wasm-module.ts';
import { addSlicesFunction, quantiseColumnsFunction, quantiseRowsFunction } from './matrix-code.ts';

/** Addresses of what the kernels work on, in bytes. Only what is used of it takes memory. */
export const MATRIX_MEMORY: Readonly<
  Record<
    'input' | 'output' | 'blocks' | 'squares' | 'range' | 'lowest' | 'highest' | 'sums' | 'partial' | 'products',
    number
  >
> = {
  input: 0,
  output: 2 ** 20,
  blocks: 3 * 2 ** 20,
  squares: 4 * 2 ** 20,
  range: 4 * 2 ** 20 + 2 ** 16,
  lowest: 4 * 2 ** 20 + 2 ** 17,
  highest: 4 * 2 ** 20 + 3 * 2 ** 16,
  sums: 4 * 2 ** 20 + 2 ** 18,
  partial: 5 * 2 ** 20,
  products: 13 * 2 ** 20,
};
/** Of input, output and blocks each. */
export const STAGED_BYTES: number = 2 ** 20;
/** Sums that `partial` has room for, and products of so many that there is room for. */
export const PARTIAL_SUMS: number = 2 ** 20;
export const HELD_SLICES = 8;
/** Between products: without it, all of them would fall on the same lines of the cache. In elements. */
export const PRODUCT_GAP = 1040;
const PRODUCT_BYTES = 4 * HELD_SLICES * (PARTIAL_SUMS + PRODUCT_GAP);
const PAGE_BYTES = 2 ** 16;

type Kernel = (...given: readonly number[]) => void;

/** Kernels of a launch that is one matrix product, and the memory that they work on. */
export interface MatrixKernels {
  readonly quantiseRows: Kernel;
  readonly quantiseColumns: Kernel;
  readonly addSlices: Kernel;
  readonly addSlicesF32: Kernel;
  readonly addSlicesBf16: Kernel;
  readonly uint16: Uint16Array;
  readonly int32: Int32Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
}

const FUNCTIONS = [
  quantiseRowsFunction,
  quantiseColumnsFunction,
  addSlicesFunction('addSlices', 'f64'),
  addSlicesFunction('addSlicesF32', 'f32'),
  addSlicesFunction('addSlicesBf16', 'bf16'),
];

/** What we use of it; TypeScript has it only among the types of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

type Exports = Pick<
  MatrixKernels,
  'quantiseRows' | 'quantiseColumns' | 'addSlices' | 'addSlicesF32' | 'addSlicesBf16'
> & {
  readonly memory: { readonly buffer: ArrayBuffer };
};

const KEPT = 2;
const free: MatrixKernels[] = [];

/** Kernels with memory of their own, with whatever was left there. Whoever takes them gives them back. */
export function takeMatrixKernels(): MatrixKernels {
  const kept = free.pop();
  if (kept !== undefined) return kept;
  const pages = Math.ceil((MATRIX_MEMORY.products + PRODUCT_BYTES) / PAGE_BYTES);
  const module = new WebAssembly.Module(wasmModule(FUNCTIONS, pages));
  const { memory, ...functions } = new WebAssembly.Instance(module).exports as Exports;
  const { buffer } = memory;
  return {
    ...functions,
    uint16: new Uint16Array(buffer),
    int32: new Int32Array(buffer),
    float32: new Float32Array(buffer),
    float64: new Float64Array(buffer),
  };
}

export function giveMatrixKernels(kernels: MatrixKernels): void {
  if (free.length < KEPT) free.push(kernels);
}

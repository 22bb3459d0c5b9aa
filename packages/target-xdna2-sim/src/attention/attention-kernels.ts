import { wasmModule } from '../wasm/wasm-module.ts';
import { addSumsFunction, packFunction, unpackFunction } from './layout-code.ts';
import { productFunction } from './product-code.ts';
import { quantiseFunction } from './quantise-code.ts';
import { mergeRowsFunction, scaleRowsFunction } from './rows-code.ts';
import { maskFunction, rescaleFunction, softmaxFunction } from './softmax-code.ts';

/** 64 MiB, of which only what is used takes memory. */
const PAGES = 1024;

type Kernel = (...given: readonly number[]) => void;

/** The kernels of a core's attention, and the memory that they work on; addresses are in bytes. */
export interface AttentionKernels {
  readonly bytes: Uint8Array;
  readonly uint16: Uint16Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly product: Kernel;
  readonly productAligned: Kernel;
  readonly productChecked: Kernel;
  readonly productAlignedChecked: Kernel;
  readonly productFresh: Kernel;
  readonly productAlignedFresh: Kernel;
  readonly softmax: Kernel;
  readonly mask: Kernel;
  readonly rescale: Kernel;
  readonly quantise: Kernel;
  readonly quantiseAligned: Kernel;
  readonly unpack: Kernel;
  readonly pack: Kernel;
  readonly addSums: Kernel;
  readonly mergeRows: Kernel;
  readonly scaleRows: Kernel;
}

const FUNCTIONS = [
  productFunction('product', { aligned: false, checked: false, fresh: false }),
  productFunction('productAligned', { aligned: true, checked: false, fresh: false }),
  productFunction('productChecked', { aligned: false, checked: true, fresh: false }),
  productFunction('productAlignedChecked', { aligned: true, checked: true, fresh: false }),
  productFunction('productFresh', { aligned: false, checked: false, fresh: true }),
  productFunction('productAlignedFresh', { aligned: true, checked: false, fresh: true }),
  softmaxFunction,
  maskFunction,
  rescaleFunction,
  quantiseFunction('quantise', false),
  quantiseFunction('quantiseAligned', true),
  unpackFunction,
  packFunction,
  addSumsFunction,
  mergeRowsFunction,
  scaleRowsFunction,
];

/** What we use of it; TypeScript has it only among the types of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

type Exports = Omit<AttentionKernels, 'bytes' | 'uint16' | 'int16' | 'int32' | 'float32' | 'float64'> & {
  readonly memory: { readonly buffer: ArrayBuffer };
};

let kernels: AttentionKernels | undefined;

/** Compiled when first asked for. */
export function attentionKernels(): AttentionKernels {
  if (kernels === undefined) {
    const { memory, ...functions } = instantiate();
    const { buffer } = memory;
    kernels = {
      ...functions,
      bytes: new Uint8Array(buffer),
      uint16: new Uint16Array(buffer),
      int16: new Int16Array(buffer),
      int32: new Int32Array(buffer),
      float32: new Float32Array(buffer),
      float64: new Float64Array(buffer),
    };
  }
  return kernels;
}

function instantiate(): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(wasmModule(FUNCTIONS, PAGES))).exports as Exports;
}

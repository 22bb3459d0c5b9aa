import { availableParallelism } from 'node:os';
import { type MatrixEngine, type MatrixProduct, TilewrightError } from '@tilewright/spec';
import { requireProductSizes } from '../forward/require-product-sizes.ts';

export interface BlasOptions {
  /** The library, by path or by a name that the system's loader finds. Default: the usual ones, in order. */
  readonly library?: string;
  /** Default: as many as the machine has cores for us. */
  readonly threads?: number;
}

/** Libraries with the C interface of BLAS, the fastest first. */
const LIBRARIES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['libmkl_rt.so.2', 'libopenblas.so.0', 'libblis.so.4', 'libcblas.so.3'],
  darwin: ['/System/Library/Frameworks/Accelerate.framework/Accelerate', 'libopenblas.dylib'],
  win32: ['mkl_rt.2.dll', 'libopenblas.dll'],
};
/** Each library's own function for it; those that have none take OMP_NUM_THREADS. */
const SET_THREADS = ['openblas_set_num_threads', 'bli_thread_set_num_threads', 'MKL_Set_Num_Threads'];

// enum CBLAS_ORDER and CBLAS_TRANSPOSE of cblas.h.
const ROW_MAJOR = 101;
const AS_IT_IS = 111;
const TRANSPOSED = 112;

/**
 * Products by the system's BLAS, called through the package `koffi`, an optional peer. Throws `module-unknown` where koffi
 * or the library is not there.
 */
export async function openBlasEngine({ library, threads }: BlasOptions = {}): Promise<MatrixEngine> {
  const { default: koffi } = await import('koffi').catch((cause: unknown) => {
    throw missing('koffi is not installed, or does not load on this machine.', 'Run: npm install koffi', cause);
  });
  const names = library === undefined ? (LIBRARIES[process.platform] ?? []) : [library];
  for (const name of names) {
    try {
      return engineOf(name, koffi.load(name), threads ?? availableParallelism());
    } catch {
      // Not there, or without the C interface: the next one.
    }
  }
  throw missing(
    `There is no BLAS here: none of ${names.join(', ')} loads.`,
    'Install one (Debian: apt-get install libopenblas0), or go without.',
  );
}

type Library = ReturnType<typeof import('koffi').load>;

function engineOf(name: string, library: Library, threads: number): MatrixEngine {
  const real = { s: 'float', d: 'double' } as const;
  const gemm = (type: 's' | 'd') => {
    const sizes = 'int order, int transX, int transW, int m, int n, int k';
    const [alpha, x, w] = [`${real[type]} alpha`, `const ${real[type]} *x, int ldx`, `const ${real[type]} *w, int ldw`];
    const out = `${real[type]} beta, ${real[type]} *out, int ldout`;
    return library.func(`void cblas_${type}gemm(${sizes}, ${alpha}, ${x}, ${w}, ${out})`);
  };
  const gemv = (type: 's' | 'd') => {
    const sizes = 'int order, int transW, int rows, int columns';
    const [w, x] = [`const ${real[type]} *w, int ldw`, `const ${real[type]} *x, int incrementX`];
    const out = `${real[type]} beta, ${real[type]} *out, int incrementOut`;
    return library.func(`void cblas_${type}gemv(${sizes}, ${real[type]} alpha, ${w}, ${x}, ${out})`);
  };
  const float32 = { gemm: gemm('s'), gemv: gemv('s') };
  const float64 = { gemm: gemm('d'), gemv: gemv('d') };
  setThreads(library, threads);

  return {
    specificationVersion: 'v1',
    id: `blas ${name}`,
    product: async (product: MatrixProduct) => {
      const { x, w, out, m, n, k, transposed, batch = 1 } = requireProductSizes(product);
      const functions = x instanceof Float32Array ? float32 : float64;
      for (let i = 0; i < batch; i++) {
        const xi = x.subarray(i * m * k, (i + 1) * m * k);
        const wi = w.subarray(i * n * k, (i + 1) * n * k);
        const outI = out.subarray(i * m * n, (i + 1) * m * n);
        // One row is a product with a vector, where reading the matrix is all the work: gemm takes five times as long.
        if (m === 1) {
          const [rows, columns, asIs] = transposed ? [n, k, AS_IT_IS] : [k, n, TRANSPOSED];
          functions.gemv(ROW_MAJOR, asIs, rows, columns, 1, wi, columns, xi, 1, 0, outI, 1);
        } else {
          const transW = transposed ? TRANSPOSED : AS_IT_IS;
          functions.gemm(ROW_MAJOR, AS_IT_IS, transW, m, n, k, 1, xi, k, wi, transposed ? k : n, 0, outI, n);
        }
      }
    },
    // A library stays loaded as long as the process.
    close: async () => {},
  };
}

function setThreads(library: Library, threads: number): void {
  for (const name of SET_THREADS) {
    try {
      library.func(`void ${name}(int threads)`)(threads);
      return;
    } catch {
      // Another library's.
    }
  }
}

function missing(message: string, remedy: string, cause?: unknown): TilewrightError {
  return new TilewrightError('module-unknown', message, remedy, { module: 'koffi' }, { cause });
}

import { type MatrixEngine, seededRandom, TilewrightError } from '@tilewright/spec';
import { afterAll, describe, expect, it } from 'vitest';
import { openBlasEngine } from '../blas/index.ts';
import { compareOps } from '../op-cases/index.ts';
import { openMatrixEngine } from './open-matrix-engine.ts';

const { engine: found } = await openMatrixEngine({ threads: 2 });
const blas = await openBlasEngine({
  threads: 2,
  ...(process.env.TILEWRIGHT_TEST_BLAS && { library: process.env.TILEWRIGHT_TEST_BLAS }),
}).catch((error: unknown) => {
  if (TilewrightError.isInstance(error) && error.code === 'module-unknown') return null;
  throw error;
});
const engines = [found, blas].filter((engine): engine is MatrixEngine => engine !== null);
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

describe.each(engines.map((engine) => [engine.id, engine] as const))('products of %s', (_id, engine) => {
  const random = seededRandom(5);
  const values = (kind: 'f32' | 'f64', count: number) => {
    const drawn = Array.from({ length: count }, () => random.integer(-100, 100));
    return kind === 'f32' ? Float32Array.from(drawn) : Float64Array.from(drawn);
  };

  it.each([
    { m: 1, n: 1, k: 1, batch: 1 },
    { m: 1, n: 37, k: 53, batch: 1 },
    { m: 7, n: 11, k: 13, batch: 3 },
    { m: 64, n: 33, k: 129, batch: 2 },
  ])('are exact where every sum is: $batch of $m × $n × $k', async ({ m, n, k, batch }) => {
    for (const kind of ['f32', 'f64'] as const) {
      for (const transposed of [true, false]) {
        const x = values(kind, batch * m * k);
        const w = values(kind, batch * n * k);
        const out = values(kind, batch * m * n);
        await engine.product({ x, w, out, m, n, k, batch, transposed } as Parameters<typeof engine.product>[0]);
        for (let b = 0; b < batch; b++) {
          for (let i = 0; i < m; i++) {
            for (let j = 0; j < n; j++) {
              let sum = 0;
              for (let l = 0; l < k; l++) {
                const weight = w[b * n * k + (transposed ? j * k + l : l * n + j)] as number;
                sum += (x[b * m * k + i * k + l] as number) * weight;
              }
              expect(out[b * m * n + i * n + j]).toBe(sum);
            }
          }
        }
      }
    }
  });

  it('write where they are told, and nowhere beside it', async () => {
    const memory = new Float32Array(12).fill(7);
    const [x, w] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 0, 0, 1)];
    await engine.product({ x, w, out: memory.subarray(4, 8), m: 2, n: 2, k: 2, transposed: true });
    expect([...memory]).toEqual([7, 7, 7, 7, 1, 2, 3, 4, 7, 7, 7, 7]);
  });

  it('refuse arrays that are too short', async () => {
    const out = new Float32Array(3);
    const [x, w] = [new Float32Array(4), new Float32Array(4)];
    await expect(engine.product({ x, w, out, m: 2, n: 2, k: 2, transposed: true })).rejects.toMatchObject({
      code: 'shape-unsupported',
    });
  });
});

describe('openMatrixEngine', () => {
  it('takes the fastest that is there', () => {
    expect(found?.id).toMatch(/^onnxruntime \d+\.\d+/);
  });

  it('tells what is missing', async () => {
    await expect(openBlasEngine({ library: 'libno-such-blas.so' })).rejects.toMatchObject({ code: 'module-unknown' });
    expect(await openMatrixEngine({ engines: [] })).toEqual({ engine: null, missing: [] });
  });
});

describe('the BLAS of this machine', () => {
  it.skipIf(blas === null)('equals the readable implementation in every op', async () => {
    const failed = (await compareOps(blas as MatrixEngine)).filter(({ passed }) => !passed);
    expect(failed).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { allowedEngines, withOracleEngine } from './with-oracle-engine.ts';

describe('the engine of the oracle', () => {
  it('is the best that is installed, unless the environment names one', () => {
    expect(allowedEngines({ environment: {} })).toEqual(['onnxruntime', 'blas']);
    expect(allowedEngines({ environment: { TILEWRIGHT_ENGINE: '' } })).toEqual(['onnxruntime', 'blas']);
    expect(allowedEngines({ environment: { TILEWRIGHT_ENGINE: 'blas' } })).toEqual(['blas']);
    expect(allowedEngines({ environment: { TILEWRIGHT_ENGINE: 'none' } })).toEqual([]);
  });

  it('is refused by name where we do not know it', () => {
    expect(() => allowedEngines({ environment: { TILEWRIGHT_ENGINE: 'cuda' } })).toThrow(
      expect.objectContaining({ code: 'usage', details: expect.objectContaining({ got: 'cuda' }) }),
    );
  });

  it('is opened for the work, and closed after it', async () => {
    const engine = await withOracleEngine({ environment: { TILEWRIGHT_ENGINE: 'onnxruntime' } }, async (options) => {
      const out = new Float32Array(1);
      const [x, w] = [Float32Array.of(2, 3), Float32Array.of(5, 7)];
      await options.engine?.product({ x, w, out, m: 1, n: 1, k: 2, transposed: true });
      expect(out[0]).toBe(31);
      return options.engine?.id;
    });
    expect(engine).toMatch(/^onnxruntime /);
    const none = withOracleEngine({ environment: { TILEWRIGHT_ENGINE: 'none' } }, async (options) => options.engine);
    expect(await none).toBeUndefined();
  });
});

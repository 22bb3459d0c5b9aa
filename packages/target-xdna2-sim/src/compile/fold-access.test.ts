import { affine } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { XDNA2 } from '../device/xdna2.ts';
import { type AroundLoop, foldShimAccess } from './fold-access.ts';

const fold = (sizes: number[], strides: number[], loops: readonly (AroundLoop & { step: number })[]) =>
  foldShimAccess(
    { offset: affine(0, Object.fromEntries(loops.map(({ variable, step }) => [variable, step]))), sizes, strides },
    loops,
    'bf16',
    XDNA2,
  );
const loop = (variable: string, extent: number, step: number, isGrid = false) => ({ variable, extent, step, isGrid });

describe('foldShimAccess', () => {
  it('makes a contiguous walk of any length one linear transfer', () => {
    const folded = fold([4096], [1], [loop('i', 5000, 4096)]);
    expect(folded).toEqual({ tasks: 1, repeat: 1, dimensions: [{ size: 4096 * 5000, stride: 1 }], broken: [] });
  });

  it('counts a loop that re-reads the same data as repeats, up to 256 runs per push', () => {
    expect(fold([2048], [1], [loop('i', 256, 0)])).toMatchObject({ tasks: 1, repeat: 256, broken: [] });
    expect(fold([2048], [1], [loop('i', 128, 0, true), loop('p', 6, 0)])).toMatchObject({ tasks: 3, repeat: 256 });
    expect(fold([2048], [1], [loop('i', 1187, 0)]).broken[0]).toMatchObject({ code: 'repeat-count-exceeded' });
  });

  // facts/kernels.json, silu_mul-441 to silu_mul-447: steps per tile, tile, tiles over which it is interleaved.
  it.each([
    [8192, 256, 8, 1],
    [4096, 512, 8, 1],
    [512, 4096, 8, 1],
    [2048, 1024, 8, 16],
    [1024, 2048, 8, 16],
    [1024, 4096, 4, 16],
    [2048, 4096, 2, 32],
  ])('%i steps of %i elements over %i tiles take the published number of tasks', (steps, tile, tiles, tasks) => {
    const folded = fold([tile], [1], [loop('i', steps, tile * tiles)]);
    expect(folded.broken).toEqual([]);
    if (tasks === 1) expect(folded.tasks).toBe(1);
    else expect(folded.tasks).toBeGreaterThanOrEqual(16);
  });

  it('keeps the first three loops of a GEMM panel in one descriptor and unrolls the fourth', () => {
    const loops = [loop('m', 2, 512 * 2048, true), loop('n', 2, 0, true), loop('k', 8, 256)];
    expect(fold([64, 256], [2048, 1], loops)).toMatchObject({
      tasks: 2,
      repeat: 2,
      dimensions: [
        { size: 8, stride: 256 },
        { size: 64, stride: 2048 },
        { size: 256, stride: 1 },
      ],
    });
  });

  it('unrolls a grid axis whose stride is too long and rejects such a loop in the process', () => {
    expect(fold([64, 256], [8192, 1], [loop('m', 2, 512 * 8192, true)])).toMatchObject({ tasks: 2, broken: [] });
    expect(fold([256, 128], [11_008, 1], [loop('k', 8, 256 * 11_008)]).broken).toMatchObject([
      { code: 'stride-exceeded', needed: (256 * 11_008) / 2, available: 1_048_576 },
    ]);
  });
});

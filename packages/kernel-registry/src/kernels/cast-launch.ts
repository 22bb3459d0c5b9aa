import type { Launch } from '@tilewright/spec';
import { call } from '../program/statements.ts';
import { type ElementwiseForm, elementwiseLaunch } from './elementwise-kernel.ts';
import { streamed } from './streaming-launch.ts';

/** The cast herd of a fused-cast GEMM is [8, 1], each core owns an eighth and takes 2,048 elements at a time. */
export const CAST_COLUMNS = 8;
export const CAST_TILE = 2048;

/** f32 to bf16, 16 lanes at a time: what the stand-alone cast and the second launch of a fused-cast GEMM are. */
export const CAST_FORM: Pick<ElementwiseForm, 'name' | 'inputs' | 'output' | 'order' | 'call'> = {
  name: 'cast',
  inputs: [streamed('a', 'in', 'f32')],
  output: streamed('c', 'out'),
  order: 'contiguous',
  call: (tile) => call('cast-f32-bf16-lanes', { a: 'a-l1', c: 'c-l1' }, { n: tile }),
};

/** The cast launch behind a GEMM, from argument `source` to argument `target`. */
export function castLaunch(elements: number, source: string, target: string): Launch {
  const [input] = CAST_FORM.inputs;
  return elementwiseLaunch(
    {
      ...CAST_FORM,
      inputs: [{ ...(input as NonNullable<typeof input>), argument: source }],
      output: { ...CAST_FORM.output, argument: target },
    },
    { elements, tile: CAST_TILE, herdColumns: CAST_COLUMNS, herdRows: 1 },
    'L1-and-L2',
  );
}

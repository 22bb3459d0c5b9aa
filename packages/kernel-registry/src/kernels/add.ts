import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { call } from '../program/statements.ts';
import { elementwiseKernel } from './elementwise-kernel.ts';
import { streamed } from './streaming-launch.ts';

/** c = a + b, elementwise: dataflows.md, 4. The residual adds. */
export const add: KernelDefinition = elementwiseKernel({
  name: 'add',
  summary: 'c[elements] = a[elements] + b[elements]',
  datapath: 'Added in f32, stored as bf16 by truncation (published mean relative L1 1.9e-3).',
  inputs: [streamed('a', 'in'), streamed('b', 'in')],
  output: streamed('c', 'out'),
  order: 'contiguous',
  oddLoops: 'refused',
  call: (tile) => call('add-bf16', { a: 'a-l1', b: 'b-l1', c: 'c-l1' }, { n: tile }),
  largestTile: 8192,
  // Tiles up to the published 2,048 gain with size, those above are equal; one step alone overlaps nothing.
  rank: (tile, block) => (block === tile && tile > 512 ? 1024 : 0) + tile / 65536 - Math.min(tile, 2048),
});

import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { call } from '../program/statements.ts';
import { elementwiseKernel } from './elementwise-kernel.ts';
import { streamed } from './streaming-launch.ts';

/** What the published kernels use. */
const PUBLISHED_TILE = 4096;

/** SiLU of the gate times the up projection: dataflows.md, 4. */
export const siluMul: KernelDefinition = elementwiseKernel({
  name: 'silu-mul',
  summary: 'output[elements] = silu(gate[elements]) · up[elements]',
  datapath:
    'Every step to bf16, nearest even; the tanh of the sigmoid in 16 straight pieces (mean relative L1 1.0e-2, as published).',
  inputs: [streamed('gate', 'in'), streamed('up', 'in')],
  output: streamed('output', 'out'),
  order: 'interleaved',
  oddLoops: 'single-buffered',
  call: (tile) => call('silu-mul-bf16', { gate: 'gate-l1', up: 'up-l1', output: 'output-l1' }, { count: tile }),
  largestTile: 65536 / 6,
  // Near the published tile, and loops that may be doubled before others.
  rank: (tile, _block, doubled) => Math.abs(tile - PUBLISHED_TILE) + (doubled ? 0 : PUBLISHED_TILE / 2),
});

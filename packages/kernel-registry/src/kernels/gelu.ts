import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { call } from '../program/statements.ts';
import { elementwiseKernel } from './elementwise-kernel.ts';
import { streamed } from './streaming-launch.ts';

/** What the published rows use most; sizes from 512 on differ by a percent. */
const PUBLISHED_TILE = 4096;

/** GELU by its tanh form: dataflows.md, 4. One input and one output, so two rows of cores find shim channels. */
export const gelu: KernelDefinition = elementwiseKernel({
  name: 'gelu',
  summary: 'output[elements] = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))',
  datapath:
    'x², x³, the polynomial, tanh and both products each to bf16 (published mean relative L1 8.4e-3): see the microkernel.',
  inputs: [streamed('input', 'in')],
  output: streamed('output', 'out'),
  order: 'interleaved',
  oddLoops: 'single-buffered',
  call: (tile) => call('gelu-bf16', { input: 'input-l1', output: 'output-l1' }, { n: tile }),
  largestTile: 65536 / 4,
  rank: (tile, _block, doubled) => Math.abs(tile - PUBLISHED_TILE) + (doubled ? 0 : PUBLISHED_TILE / 2),
});

import type { PlanEdit } from '@tilewright/spec';
import { EXAMPLE_PROGRAM } from './example-program.ts';

/** One edit of each kind, with names as plans of the registry have them. */
export const EDIT_EXAMPLES: Readonly<Record<PlanEdit['kind'], PlanEdit>> = {
  'merge-dispatches': {
    kind: 'merge-dispatches',
    section: 'prefill',
    dispatches: ['gate_proj', 'up_proj'],
    into: 'gate_up',
  },
  'split-dispatch': {
    kind: 'split-dispatch',
    section: 'prefill',
    dispatch: 'gate_up',
    into: [
      { id: 'gate', launches: ['gate_proj'] },
      { id: 'up', launches: ['up_proj'] },
    ],
  },
  'set-residency': {
    kind: 'set-residency',
    section: 'prefill',
    buffer: 'attention_norm',
    residency: 'device',
    role: 'intermediate',
  },
  'set-layout': {
    kind: 'set-layout',
    section: 'prefill',
    buffer: 'q_rope',
    layout: {
      order: 'heads-first',
      rows: 2048,
      heads: 32,
      columns: { segments: 32, size: 64, paddedSize: 64, total: 2048 },
    },
  },
  'set-kernel': {
    kind: 'set-kernel',
    section: 'prefill',
    launch: 'q_proj',
    kernel: {
      origin: 'registry',
      name: 'gemm',
      version: 1,
      shape: { m: 2048, k: 2048, n: 2048 },
      config: { tileM: 64, tileKL1: 32, tileN: 128 },
      basis: { kind: 'edited', by: 'agent' },
    },
  },
  'fuse-launches': {
    kind: 'fuse-launches',
    section: 'prefill',
    launches: ['o_proj_add_first', 'o_proj_add_second'],
    into: {
      id: 'attention_residual',
      kernel: { origin: 'authored', name: 'example-add', program: EXAMPLE_PROGRAM },
      arguments: { a: 'residual', b: 'o_proj', c: 'attention_residual' },
      computes: 'attention_residual',
    },
  },
  'bind-argument': {
    kind: 'bind-argument',
    section: 'decode',
    launch: 'o_proj',
    argument: 'x',
    buffer: 'attention',
  },
  'add-buffer': {
    kind: 'add-buffer',
    section: 'prefill',
    buffer: {
      id: 'partial_sums',
      role: 'intermediate',
      residency: 'device',
      scope: 'model',
      format: 'f32',
      layout: {
        order: 'sequence-first',
        rows: 2048,
        heads: 1,
        columns: { segments: 1, size: 2048, paddedSize: 2048, total: 2048 },
      },
      content: { kind: 'scratch' },
    },
  },
  'remove-buffer': { kind: 'remove-buffer', section: 'prefill', buffer: 'partial_sums' },
  'insert-step': {
    kind: 'insert-step',
    section: 'prefill',
    part: 'layer',
    index: 3,
    step: {
      kind: 'host',
      id: 'transpose_query',
      operation: { name: 'transpose', input: 'q_rope', output: 'q_rope_heads' },
    },
  },
  'remove-step': { kind: 'remove-step', section: 'prefill', part: 'layer', step: 'transpose_query' },
};

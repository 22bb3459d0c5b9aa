import type { HostOperation } from './plan.ts';

/** The buffers that a host step reads and writes, by id. */
export function hostBuffers(operation: HostOperation): {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
} {
  switch (operation.name) {
    case 'embedding':
    case 'rope-table':
    case 'final-norm':
      return { reads: [], writes: [operation.output] };
    case 'transpose':
      return { reads: [operation.input], writes: [operation.output] };
    case 'append-key-values':
      return { reads: [operation.keys, operation.values], writes: [] };
    case 'decode-attention':
      return { reads: [operation.query], writes: [operation.output] };
    case 'gather-logits':
      return { reads: operation.inputs, writes: [] };
  }
}

import type { Launch } from '@tilewright/spec';
import { contiguous, get, put, times } from '../program/statements.ts';

/**
 * What a column's core has computed goes through the memtile of its column: from `NAME-l1-l2` to `NAME-l2-l3`, by way of
 * a buffer `NAME-l2`.
 */
export function outputPanel(name: string, herdColumns: number, elements: number): Launch['memtile'][number] {
  const here = [times('x', 1)];
  const buffer = `${name}-l2`;
  return {
    name: `${name}-panel`,
    parallel: [{ variable: 'x', extent: herdColumns }],
    column: times('x', 1),
    buffers: [{ name: buffer, format: 'bf16', elements }],
    body: [
      get(`${name}-l1-l2`, here, buffer, contiguous(elements)),
      put(`${name}-l2-l3`, here, buffer, contiguous(elements)),
    ],
  };
}

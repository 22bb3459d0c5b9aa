import {
  type BufferRole,
  headWeight,
  type ModelSpec,
  type PlanBuffer,
  type PlanSection,
  plainAxis,
} from '@tilewright/spec';
import { partitionHead } from '../kernels/lm-head-gemv.ts';
import type { KernelPlanner } from './registry-kernel.ts';

/**
 * The head: final norm on the host, one dispatch of the partitioned GEMV, and its partitions' logits joined
 * on the host. The published deployments dispatch all partitions together from the start.
 */
export function headSection(model: ModelSpec, plan: KernelPlanner): PlanSection {
  const { m, partitions } = partitionHead(model.vocabularySize);
  const kernel = plan('lm-head-gemv', { m, k: model.hiddenSize, partitions });
  const rows = kernel.shape.m as number;
  const input = plainAxis(model.hiddenSize, kernel.shape.k as number);
  const row = { order: 'sequence-first', rows: 1, heads: 1 } as const;
  const onHost = (
    id: string,
    role: BufferRole,
  ): Pick<PlanBuffer, 'id' | 'role' | 'residency' | 'scope' | 'format'> => ({
    id,
    role,
    residency: 'host',
    scope: 'model',
    format: 'bf16',
  });
  const buffers: PlanBuffer[] = [
    {
      ...onHost('final_norm', 'input'),
      layout: { ...row, columns: input },
      content: { kind: 'activation', tap: 'final_norm' },
    },
  ];
  const bound: Record<string, string> = { x: 'final_norm' };
  const parts: string[] = [];
  for (let part = 0; part < partitions; part++) {
    const firstOutput = part * m;
    const outputs = Math.min(m, model.vocabularySize - firstOutput);
    const output = plainAxis(outputs, rows);
    const weight = `lm_head.${part}.weight`;
    const logits = `logits.${part}`;
    buffers.push(
      {
        ...onHost(weight, 'static'),
        layout: { order: 'sequence-first', rows, heads: 1, columns: input },
        content: { kind: 'matrix', weight: headWeight(model), stored: 'out-in', input, output, firstOutput, outputs },
      },
      {
        ...onHost(logits, 'output'),
        layout: { ...row, columns: output },
        content: { kind: 'activation', tap: 'logits' },
      },
    );
    bound[`a${part}`] = weight;
    bound[`c${part}`] = logits;
    parts.push(logits);
  }
  const launch = { id: 'lm_head', kernel, arguments: bound, computes: 'logits' };
  return {
    buffers,
    residual: null,
    once: [
      { kind: 'host', id: 'final_norm', operation: { name: 'final-norm', output: 'final_norm' } },
      { kind: 'dispatch', id: 'lm_head', launches: [launch] },
      { kind: 'host', id: 'logits', operation: { name: 'gather-logits', inputs: parts } },
    ],
    layer: [],
  };
}

import type { Json, PlanBuffer, PlanStep, TensorLayout } from '@tilewright/spec';
import { z } from 'zod';
import { cleanData, cleanName } from '../text/clean-text.ts';
import { jsonSchema } from './json-schema.ts';

export type ShownBuffer = {
  buffer: string;
  role: string;
  residency: string;
  scope: string;
  format: string;
  layout: string;
  content: Json;
  usedBy: string[];
};

export const shownBufferSchema: z.ZodType<ShownBuffer> = z.strictObject({
  buffer: z.string(),
  role: z.string(),
  residency: z.string(),
  scope: z.string(),
  format: z.string(),
  layout: z.string().describe('order rows × columns; segments, heads and padding where there are any'),
  content: jsonSchema,
  usedBy: z.array(z.string()).describe('The steps that name it.'),
});

/** A buffer with those of the steps that name it. */
export function shownBuffer(buffer: PlanBuffer, steps: readonly PlanStep[]): ShownBuffer {
  const { id, role, residency, scope, format, layout, content } = buffer;
  const users = steps.filter((step) => buffersNamed(step).includes(id)).map((step) => cleanName(step.id));
  return {
    ...{ buffer: cleanName(id), role, residency, scope, format, layout: layoutText(layout) },
    content: content.kind === 'activation' ? `activation ${cleanName(content.tap)}` : contentText(content),
    usedBy: users.slice(0, 12),
  };
}

function contentText(content: PlanBuffer['content']): Json {
  if (content.kind === 'scratch' || content.kind === 'rope-table') return content.kind;
  if (content.kind === 'vector') return `vector ${cleanName(content.weight)}`;
  return cleanData(content) as unknown as Json;
}

function buffersNamed(step: PlanStep): string[] {
  if (step.kind === 'dispatch') return step.launches.flatMap(({ arguments: bound }) => Object.values(bound));
  const { name: _, ...bound } = step.operation;
  return Object.values(bound).flat();
}

function layoutText({ order, rows, heads, columns }: TensorLayout): string {
  const { segments, size, paddedSize, total } = columns;
  const plain = segments === 1 && size === paddedSize && size === total;
  const axis = plain ? `${size}` : `${total} (${segments} segments of ${size}, padded to ${paddedSize})`;
  return `${order} ${rows} × ${axis}${heads === 1 ? '' : `, ${heads} heads`}`;
}

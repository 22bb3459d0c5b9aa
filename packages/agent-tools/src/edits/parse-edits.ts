import type { PlanEdit } from '@tilewright/spec';
import { planEditSchema } from '@tilewright/spec/schemas';
import { z } from 'zod';
import { inputProblem } from '../tool/input-problem.ts';
import { type Mistake, mistake } from '../tool/results.ts';

export const EDIT_KINDS: readonly PlanEdit['kind'][] = [
  'merge-dispatches',
  'split-dispatch',
  'set-residency',
  'set-layout',
  'set-kernel',
  'fuse-launches',
  'bind-argument',
  'add-buffer',
  'remove-buffer',
  'insert-step',
  'remove-step',
];

/** Edits in one decision. A plan has some dozens of steps; more than this is a mistake, and slow to show. */
const MOST_EDITS = 200;

/**
 * The edits of a call as a model is shown their form: kind and section of each, and whatever the kind wants beside them.
 * The whole schema would be 15 kB in every request; `parseEdits` holds them to it.
 */
export const editsField: z.ZodType<readonly Readonly<Record<string, unknown>>[]> = z
  .array(
    z
      .looseObject({ kind: z.enum(EDIT_KINDS), section: z.enum(['prefill', 'decode', 'head']) })
      .describe('With the further fields of its kind: see the description of author_edits, or show_edit_format.'),
  )
  .min(1)
  .max(MOST_EDITS)
  .describe('Applied in this order, all or none.');

/** The edits in the form of the contract, or what is wrong with which. */
export function parseEdits(edits: readonly unknown[]): readonly PlanEdit[] | Mistake {
  const parsed: PlanEdit[] = [];
  const problems: string[] = [];
  const kinds = new Set<string>();
  for (const [index, edit] of edits.entries()) {
    const result = planEditSchema.safeParse(edit);
    if (result.success) {
      parsed.push(result.data);
      continue;
    }
    problems.push(inputProblem(result.error as z.ZodError, `edits[${index}]`));
    kinds.add((edit as { readonly kind: string }).kind);
  }
  if (problems.length === 0) return parsed;
  const formats = [...kinds].map((kind) => `show_edit_format with kind "${kind}"`).join(', ');
  return mistake(
    `The edits do not have the form of the plan's edits:\n${problems.slice(0, 8).join('\n')}\nTheir form: ${formats}.`,
  );
}

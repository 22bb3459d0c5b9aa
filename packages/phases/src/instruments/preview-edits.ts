import { applyEdits } from '@tilewright/kernel-registry';
import { CompileError, type EditPreview, type Plan } from '@tilewright/spec';
import type { Workbench } from '../deploy/workbench.ts';
import { parseAnswer } from '../loop/parse-answer.ts';
import { isPlanFault } from '../loop/plan-fault.ts';

/** What edits would make of a plan: no numerics, no attempt, and nothing that the workbench holds is touched. */
export async function previewEdits(
  workbench: Workbench,
  plan: Plan,
  edits: unknown,
  signal?: AbortSignal,
): Promise<EditPreview> {
  const answer = parseAnswer({ kind: 'author-edits', edits, reason: 'preview' });
  if (!answer.ok) return { kind: 'impossible', reason: answer.problem };
  if (answer.decision.kind !== 'author-edits') return { kind: 'impossible', reason: 'these are no edits' };
  try {
    const after = await workbench.preview(applyEdits(plan, answer.decision.edits), signal);
    const before = await workbench.preview(plan, signal);
    return {
      kind: 'compiles',
      dispatches: { before: before.dispatches, after: after.dispatches },
      times: after.times &&
        before.times && {
          timing: 'estimate',
          prefillUs: { before: before.times.prefillUs, after: after.times.prefillUs },
          tokenUs: { before: before.times.tokenUs, after: after.times.tokenUs },
        },
    };
  } catch (error) {
    if (error instanceof CompileError) return { kind: 'does-not-compile', diagnostics: error.diagnostics };
    if (isPlanFault(error)) return { kind: 'impossible', reason: `${error.message} ${error.remedy}` };
    throw error;
  }
}

import type { Diagnostic, EditPreview, PlanEdit } from '@tilewright/spec';
import { cleanName } from '../text/clean-text.ts';
import { fitted } from '../text/fitted.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import type { ToolContext } from '../tool/agent-tool.ts';

/** Why edits come to nothing, with what to change; null where they compile, or where nobody can say. */
export async function previewProblem(edits: readonly PlanEdit[], context: ToolContext): Promise<string | null> {
  if (context.instruments === null) return null;
  const preview = await context.instruments.preview(edits, context.signal);
  switch (preview.kind) {
    case 'compiles':
      return null;
    case 'impossible':
      return impossibleText(edits, preview.reason);
    case 'does-not-compile':
      return diagnosticsText(preview);
  }
}

function impossibleText(edits: readonly PlanEdit[], reason: string): string {
  const list = edits.map(({ kind, section }, index) => `edits[${index}] ${kind} in ${section}`).slice(0, 8);
  const which = edits.length > 8 ? `${list.join(', ')} and ${edits.length - 8} more` : list.join(', ');
  return (
    `The edits cannot be applied (${which}): ${quoteUntrusted('the plan', reason, 2000)}\n` +
    'Names are those of show_plan; the form of an edit is in show_edit_format.'
  );
}

function diagnosticsText({ diagnostics }: Extract<EditPreview, { readonly kind: 'does-not-compile' }>): string {
  const { shown, more } = fitted(diagnostics.map(diagnosticLine), 6000);
  return [
    `The plan would not compile after these edits, for ${diagnostics.length} reason${diagnostics.length === 1 ? '' : 's'}:`,
    ...shown,
    ...(more > 0 ? [`and ${more} more`] : []),
    'Nothing has been changed. Mend the edits, or leave the idea.',
  ].join('\n');
}

/** A diagnostic in a line: where, what, and what usually cures it. */
function diagnosticLine({ code, dispatch, launch, resource, needed, available, unit, cure }: Diagnostic): string {
  const place = `${cleanName(dispatch, 100)}/${cleanName(launch, 100)}`;
  const amount = `${needed} ${cleanName(unit, 40)} needed, ${available} there`;
  return `- ${code} in ${place}: ${cleanName(resource, 120)}, ${amount}; ${quoteUntrusted('compiler', cure, 400)}`;
}

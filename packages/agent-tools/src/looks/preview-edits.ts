import type { Json } from '@tilewright/spec';
import { z } from 'zod';
import { EDIT_SUMMARY } from '../edits/edit-summary.ts';
import { editsField, parseEdits } from '../edits/parse-edits.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { isMistake, mistake, viewed } from '../tool/results.ts';
import { diagnosticList, diagnosticListSchema } from './diagnostic-list.ts';

const beforeAfter = z.strictObject({ before: z.number(), after: z.number() });

export const previewEdits: AgentTool = lookTool({
  name: 'preview_edits',
  title: 'Preview edits',
  description:
    'Applies edits to a copy of the plan, compiles it, and says how many dispatches it has and, where the target can tell, ' +
    'how long a prefill and a token would take. Changes nothing and is no attempt. It says nothing about whether the ' +
    `numbers stay right: only gates do. The edits are those of author_edits, with the same fields:\n${EDIT_SUMMARY}`,
  input: z.strictObject({ edits: editsField }),
  output: z.strictObject({
    kind: z.enum(['impossible', 'does-not-compile', 'compiles']),
    reason: z.string().nullable(),
    diagnostics: diagnosticListSchema.nullable(),
    dispatches: beforeAfter.nullable(),
    times: z
      .strictObject({ timing: z.enum(['estimate', 'measurement']), prefillUs: beforeAfter, tokenUs: beforeAfter })
      .nullable(),
  }),
  run: async ({ edits: given }, { instruments, signal }) => {
    const edits = parseEdits(given);
    if (isMistake(edits)) return edits;
    if (instruments === null)
      return mistake('There is no preview here: decide with author_edits, and see what comes of it.');
    const preview = await instruments.preview(edits, signal);
    const nothing = { reason: null, diagnostics: null, dispatches: null, times: null };
    switch (preview.kind) {
      case 'impossible':
        return viewed({ kind: preview.kind, ...nothing, reason: quoteUntrusted('the plan', preview.reason, 2000) });
      case 'does-not-compile':
        return viewed({ kind: preview.kind, ...nothing, diagnostics: diagnosticList(preview.diagnostics, 12_000) });
      case 'compiles': {
        const { kind, dispatches, times } = preview;
        return viewed({
          kind,
          ...nothing,
          dispatches: { ...dispatches },
          times: times === null ? null : rounded(times),
        });
      }
    }
  },
});

function rounded<T extends Json | object>(times: T): T {
  return JSON.parse(
    JSON.stringify(times, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value)),
  ) as T;
}

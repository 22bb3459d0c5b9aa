import type { Diagnostic } from '@tilewright/spec';
import { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';
import { type Fitted, fitted, fittedSchema } from '../text/fitted.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';

type ShownDiagnostic = {
  code: string;
  dispatch: string;
  launch: string;
  resource: string;
  needed: number | null;
  available: number | null;
  unit: string;
  place: { column: number; row: number } | null;
  message: string;
  cure: string;
};

const diagnosticSchema: z.ZodType<ShownDiagnostic> = z.strictObject({
  code: z.string(),
  dispatch: z.string(),
  launch: z.string(),
  resource: z.string(),
  needed: z.number().nullable(),
  available: z.number().nullable(),
  unit: z.string(),
  place: z.strictObject({ column: z.number(), row: z.number() }).nullable(),
  message: z.string(),
  cure: z.string(),
});

export const diagnosticListSchema: z.ZodType<Fitted<ShownDiagnostic>> = fittedSchema(diagnosticSchema);

/** What a compiler complains of, its words as a quotation. */
export function diagnosticList(diagnostics: readonly Diagnostic[], characters: number): Fitted<ShownDiagnostic> {
  return fitted(
    diagnostics.map(({ code, dispatch, launch, resource, needed, available, unit, place, message, cure }) => ({
      ...{ code: cleanName(code, 60), dispatch: cleanName(dispatch), launch: cleanName(launch) },
      ...{
        resource: cleanName(resource),
        needed: finite(needed),
        available: finite(available),
        unit: cleanName(unit, 60),
      },
      place: place === null ? null : { column: place.column, row: place.row },
      message: quoteUntrusted('compiler', message, 600),
      cure: quoteUntrusted('compiler', cure, 400),
    })),
    characters,
  );
}

/** JSON has no number that is not finite. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

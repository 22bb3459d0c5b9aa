import { z } from 'zod';
import { exactly } from './exactly.ts';

interface Sample {
  readonly size: number;
  readonly kind: 'a' | 'b';
  readonly parts: readonly { readonly name: string }[];
}

const parts = z.array(z.strictObject({ name: z.string() }));

exactly<Sample>()(z.strictObject({ size: z.number(), kind: z.enum(['a', 'b']), parts }));
// @ts-expect-error a field of the type is missing in the schema
exactly<Sample>()(z.strictObject({ size: z.number(), parts }));
// @ts-expect-error the schema asks for a field that the type does not have
exactly<Sample>()(z.strictObject({ size: z.number(), kind: z.enum(['a', 'b']), parts, more: z.string() }));
// @ts-expect-error a choice of the type is missing in the schema
exactly<Sample>()(z.strictObject({ size: z.number(), kind: z.enum(['a']), parts }));
// @ts-expect-error the schema allows a choice that the type does not have
exactly<Sample>()(z.strictObject({ size: z.number(), kind: z.enum(['a', 'b', 'c']), parts }));

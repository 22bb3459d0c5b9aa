import type { Json } from '@tilewright/spec';
import { z } from 'zod';
import { type Fitted, fittedSchema } from '../text/fitted.ts';

/** Any JSON. */
export const jsonSchema: z.ZodType<Json> = z.json() as z.ZodType<Json>;

/** A fitted list of any JSON. */
export const fittedJsonSchema: z.ZodType<Fitted<Json>> = fittedSchema(jsonSchema);

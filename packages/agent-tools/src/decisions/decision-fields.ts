import { z } from 'zod';

export const reasonField: z.ZodType<string> = z
  .string()
  .min(1)
  .max(2000)
  .describe('Why, in a sentence or two. It is recorded for people; no gate reads it.');

const citesField: z.ZodType<string[]> = z
  .array(z.string().min(1).max(200))
  .max(50)
  .describe('Ids of the lessons that this follows, or for which other ideas were passed over.');

/** Spread into the input of a decision that may cite lessons. */
export const CITES: { readonly cites: z.ZodExactOptional<typeof citesField> } = { cites: citesField.exactOptional() };

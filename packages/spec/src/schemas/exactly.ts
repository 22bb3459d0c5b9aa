import type { z } from 'zod';

type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

/**
 * Holds a schema and a type to each other both ways at compile time: what the schema yields is a T,
 * and every T is taken by the schema. `exactly<Plan>()(schema)` fails to compile when a field is
 * added on one side only.
 */
export function exactly<T>(): <S extends z.ZodType<T>>(
  schema: S & (Mutable<T> extends z.input<S> ? unknown : never),
) => z.ZodType<T> {
  return (schema) => schema;
}

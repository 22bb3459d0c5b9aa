import type { Json, PlanEdit } from '@tilewright/spec';
import { planEditSchema, programSchema } from '@tilewright/spec/schemas';
import { z } from 'zod';

type JsonObject = { readonly [name: string]: Json };

const PROGRAM: JsonObject = { type: 'object', description: 'A Program: show_edit_format with kind "program".' };

/** The JSON schema of one kind of edit, with the definitions that it uses. Programs in it are left to their own. */
export function editSchema(kind: PlanEdit['kind']): JsonObject {
  const { oneOf, $defs } = jsonSchema(planEditSchema) as { oneOf: readonly JsonObject[]; $defs: JsonObject };
  const form = oneOf.find(({ properties }) => (properties as { kind: JsonObject }).kind.const === kind);
  if (form === undefined) throw new Error(`The schema of the edits has no ${kind}.`);
  return withDefinitions(withoutPrograms(form) as JsonObject, withoutPrograms($defs) as JsonObject);
}

/** The JSON schema of a Program. */
export function programFormat(): JsonObject {
  return jsonSchema(programSchema);
}

function jsonSchema(schema: z.ZodType): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', reused: 'ref' });
  return rest as JsonObject;
}

function withoutPrograms(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutPrograms);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === 'program' ? PROGRAM : withoutPrograms(inner as Json)]),
  );
}

function withDefinitions(form: JsonObject, definitions: JsonObject): JsonObject {
  const used = new Map<string, Json>();
  const collect = (text: string): void => {
    for (const [, name = ''] of text.matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      const definition = definitions[name] as Json;
      used.set(name, definition);
      collect(JSON.stringify(definition));
    }
  };
  collect(JSON.stringify(form));
  return used.size === 0 ? form : { ...form, $defs: Object.fromEntries(used) };
}

import type { Agent, Skill, Target } from '@tilewright/spec';
import { budgetSchema } from '@tilewright/spec/schemas';
import { z } from 'zod';
import { AGENTS } from '../modules/agents.ts';
import { describeLack, type ModuleKind } from '../modules/load-module.ts';
import { SKILLS } from '../modules/skills.ts';
import { TARGETS } from '../modules/targets.ts';
import type { TilewrightConfig } from './tilewright-config.ts';

/** Unknown fields are refused: a misspelt one would silently leave the default in place. */
export const configSchema: z.ZodType<TilewrightConfig> = z
  .strictObject({
    target: nameOr<Target>(TARGETS).exactOptional(),
    agent: nameOr<Agent>(AGENTS).exactOptional(),
    skills: z.array(nameOr<Skill>(SKILLS)).readonly().exactOptional(),
    budget: budgetSchema.exactOptional(),
  })
  .readonly();

/** A name, or something that has all that its kind must have. The value itself is kept, with its methods. */
function nameOr<T>(kind: ModuleKind<T>): z.ZodType<string | T> {
  return z.custom<string | T>().superRefine((value: unknown, context) => {
    const lacking = lackOf(kind, value);
    if (lacking !== null)
      context.addIssue({ code: 'custom', message: `is neither a module name nor a ${kind.noun}: ${lacking}` });
  });
}

function lackOf<T>(kind: ModuleKind<T>, value: unknown): string | null {
  if (typeof value === 'string') return value.trim() === '' ? 'the name is empty' : null;
  if (typeof value === 'function') return 'it is a function; call it';
  return describeLack(kind, value);
}

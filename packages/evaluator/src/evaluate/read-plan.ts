import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Plan, TilewrightError } from '@tilewright/spec';
import { planSchema } from '@tilewright/spec/schemas';

/** The plan to judge, and nothing else of the workspace. Throws `workspace-invalid`. */
export async function readPlan(workspace: string): Promise<Plan> {
  const file = join(workspace, 'plan.json');
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error), error);
  }
  const parsed = planSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw unusable(file, `${issue?.path.join('.') || 'it'}: ${issue?.message}`, parsed.error);
}

function unusable(file: string, reason: string, cause: unknown): TilewrightError {
  return new TilewrightError(
    'workspace-invalid',
    `There is no plan to judge in ${file}: ${reason}.`,
    'Give the directory that `tilewright deploy` wrote to, after it came to a plan.',
    { file },
    { cause },
  );
}

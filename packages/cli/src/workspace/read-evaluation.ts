import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EVALUATION_FILES } from '@tilewright/phases';
import { type EvaluationReport, TilewrightError } from '@tilewright/spec';
import { evaluationReportSchema } from '@tilewright/spec/schemas';

/** The evaluation that lies in a workspace; null if nobody has judged it yet. Throws `workspace-invalid`. */
export async function readEvaluation(workspace: string): Promise<EvaluationReport | null> {
  const file = join(workspace, EVALUATION_FILES.json);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw broken(file, 'cannot be read', error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw broken(file, 'is not JSON', error);
  }
  const parsed = evaluationReportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw broken(file, `has an unusable ${issue?.path.join('.') || 'content'}: ${issue?.message}`, parsed.error);
}

function broken(file: string, reason: string, cause: unknown): TilewrightError {
  return new TilewrightError(
    'workspace-invalid',
    `${file} ${reason}.`,
    'Have the deployment judged again with `tilewright evaluate`, or remove the file.',
    { file },
    { cause },
  );
}

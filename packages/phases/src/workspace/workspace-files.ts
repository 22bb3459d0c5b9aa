import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeploymentManifest, type GateReport, type Plan, TilewrightError } from '@tilewright/spec';
import { deploymentManifestSchema, gateReportSchema, planSchema } from '@tilewright/spec/schemas';

/** What a workspace holds, by its path in it. */
export const WORKSPACE_FILES = {
  manifest: 'deployment.json',
  plan: 'plan.json',
  planText: 'plan.md',
  progress: 'progress.md',
  lessons: 'lessons.md',
} as const;

/** Where the gate report of a phase is, relative to the workspace. */
export function gateReportFile(phase: number): string {
  return `gates/phase-${phase}.json`;
}

/** The manifest of a workspace; null if the directory has none. Throws `workspace-invalid` where it is broken. */
export function readManifest(workspace: string): Promise<DeploymentManifest | null> {
  return readStored(workspace, WORKSPACE_FILES.manifest, deploymentManifestSchema);
}

/** The plan; null if there is none yet. Throws `workspace-invalid`. */
export function readPlan(workspace: string): Promise<Plan | null> {
  return readStored(workspace, WORKSPACE_FILES.plan, planSchema);
}

/** The gate report of a phase; null if there is none yet. Throws `workspace-invalid`. */
export function readGateReport(workspace: string, phase: number): Promise<GateReport | null> {
  return readStored(workspace, gateReportFile(phase), gateReportSchema);
}

/** As much of a zod schema as reading needs. */
interface Schema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

async function readStored<T>(workspace: string, name: string, schema: Schema<T>): Promise<T | null> {
  const file = join(workspace, name);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw invalid(file, 'cannot be read', error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(file, 'is not JSON', error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(file, `has an unusable ${issue?.path.join('.') || 'content'}: ${issue?.message}`, parsed.error);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function invalid(file: string, reason: string, cause: unknown): TilewrightError {
  return new TilewrightError(
    'workspace-invalid',
    `${file} ${reason}.`,
    'Deploy into another directory, or remove this one if its content is not needed.',
    { file },
    { cause },
  );
}

/** A stored value as text: indented, with a line break at its end. */
export function storedJson(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

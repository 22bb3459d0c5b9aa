import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isBelow } from '../workspace/workspace-access.ts';

/** A gate's report with all its comparisons has some megabytes. */
const LARGEST_BYTES = 32 * 1024 * 1024;

/**
 * The text of a file of a workspace; null where there is none, where it is a link that leads out of the workspace, or where it is
 * no file or too large. `workspace` is absolute and without links.
 */
export async function readWorkspaceFile(workspace: string, file: string): Promise<string | null> {
  const found = await findWorkspaceFile(workspace, file);
  return found === null ? null : readFile(found, 'utf8');
}

/** The absolute path of what `readWorkspaceFile` would read; null where it would not. */
export async function findWorkspaceFile(workspace: string, file: string): Promise<string | null> {
  const real = await realpath(join(workspace, file)).catch(() => null);
  if (real === null || !isBelow(real, workspace)) return null;
  const found = await stat(real).catch(() => null);
  return found?.isFile() && found.size <= LARGEST_BYTES ? real : null;
}

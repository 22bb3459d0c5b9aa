import { TilewrightError } from '@tilewright/spec';
import type { WorkspaceAccess } from './workspace-access.ts';

/** A module that a client names is code that will run: a package's name, or a file where the user works. Throws `usage`. */
export async function moduleBelow(name: string, field: string, workspaces: WorkspaceAccess): Promise<string> {
  if (name.startsWith('./')) return workspaces.below(name, field);
  if (!name.split('/').includes('..')) return name;
  throw new TilewrightError(
    'usage',
    `${field} ${name} leads out of where it lies.`,
    'Give the name of a package, or a path that begins with ./',
    { field, got: name },
  );
}

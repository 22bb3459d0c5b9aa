import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { TilewrightError } from '@tilewright/spec';

/** Holds what clients name against the working directory: nothing outside it is read or written for them. */
export interface WorkspaceAccess {
  /**
   * The absolute path, with every link followed, of a file or directory that is or will be. Throws `usage` where that is
   * not below the working directory.
   */
  readonly below: (path: string, field: string) => Promise<string>;
  /** How a workspace is named in a resource's address: relative to the working directory. */
  readonly nameOf: (directory: string) => string;
}

/** `workingDirectory` is absolute. */
export async function workspaceAccess(workingDirectory: string): Promise<WorkspaceAccess> {
  const root = await realpath(workingDirectory);
  return {
    async below(path, field) {
      if (path.includes('\0')) throw outside(path, field, root);
      const real = await realOf(resolve(root, path));
      if (real === root || !isBelow(real, root)) throw outside(path, field, root);
      return real;
    },
    nameOf: (directory) => relative(root, directory).split(sep).join('/'),
  };
}

/** Whether a path lies within a directory, both absolute and without links. */
export function isBelow(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** With the links of what is there followed; what is not there yet cannot be one. */
async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
    const dangling = await lstat(path).then(
      () => true,
      () => false,
    );
    // A link to nowhere would be followed by whoever writes to it.
    if (dangling)
      throw new TilewrightError('usage', `${path} is a link to nothing.`, 'Name a directory.', { file: path });
    return join(await realOf(dirname(path)), basename(path));
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function outside(path: string, field: string, root: string): TilewrightError {
  return new TilewrightError(
    'usage',
    `${field} ${JSON.stringify(path)} is not below ${root}, where this server may work.`,
    `Name a directory below it, such as out/my-deployment; or start the server elsewhere.`,
    { field, got: path },
  );
}

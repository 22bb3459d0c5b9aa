import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** Which entries of a package's `exports` an ESM import takes, in no order: the package's own order decides. */
const CONDITIONS: ReadonlySet<string> = new Set(['node', 'import', 'default']);

/** A module that was found. */
export interface ResolvedModule {
  readonly file: string;
  /** Found where it lies, rather than by its name among what is installed. */
  readonly isByPath: boolean;
}

/**
 * The file that `import name` would load in a module that lies in `directory`, or, of a directory with a package.json, what
 * that package exports; undefined if there is none. What is installed goes before a directory of the same name. Node resolves
 * only from where the importing file lies, and ours is not where the user is.
 */
export function resolveModule(name: string, directory: string): ResolvedModule | undefined {
  const installed = isPath(name) ? undefined : installedModule(name, directory);
  if (installed !== undefined) return { file: installed, isByPath: false };
  const path = resolve(directory, name);
  const isPackage = existsSync(join(path, 'package.json'));
  const file = isPackage ? packageEntry(path, '.') : isPath(name) ? asFile(path) : undefined;
  return file === undefined ? undefined : { file, isByPath: true };
}

function installedModule(name: string, directory: string): string | undefined {
  const [, packageName, subpath] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(name) ?? [];
  if (packageName === undefined) return undefined;
  for (let at = resolve(directory); ; at = dirname(at)) {
    const root = join(at, 'node_modules', packageName);
    if (existsSync(join(root, 'package.json'))) return packageEntry(root, `.${subpath ?? ''}`);
    if (at === dirname(at)) return undefined;
  }
}

/** Whether a name can only be that of a place. */
function isPath(name: string): boolean {
  return name.startsWith('./') || name.startsWith('../') || isAbsolute(name);
}

function packageEntry(root: string, subpath: string): string | undefined {
  const { exports, main } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (exports === undefined) return asFile(join(root, subpath === '.' ? (main ?? 'index.js') : subpath));
  const hasSubpaths =
    typeof exports === 'object' && exports !== null && Object.keys(exports).some((key) => key.startsWith('.'));
  const entry = chooseCondition(hasSubpaths ? exports[subpath] : subpath === '.' ? exports : undefined);
  return entry === undefined ? undefined : asFile(join(root, entry));
}

function chooseCondition(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry;
  if (Array.isArray(entry)) return entry.map(chooseCondition).find((each) => each !== undefined);
  if (typeof entry !== 'object' || entry === null) return undefined;
  for (const [condition, value] of Object.entries(entry)) {
    const chosen = CONDITIONS.has(condition) ? chooseCondition(value) : undefined;
    if (chosen !== undefined) return chosen;
  }
  return undefined;
}

function asFile(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : undefined;
}

import { pathToFileURL } from 'node:url';
import { TilewrightError } from '@tilewright/spec';
import { resolveModule } from './resolve-module.ts';

/** One kind of thing that can be swapped: what comes with Tilewright, and how to know one. */
export interface ModuleKind<T> {
  /** `target`, `agent`, `skill`: in messages, and as the name of the export where there is no default one. */
  readonly noun: string;
  readonly builtIn: Readonly<Record<string, () => Promise<T>>>;
  /** What a value lacks to be one, or null if it is one. */
  lacks(value: Readonly<Record<string, unknown>>): string | null;
}

/** A loaded module with the name under which the same one can be loaded again. */
export interface Loaded<T> {
  readonly value: T;
  /** A built-in name, a package name, or an absolute path. */
  readonly module: string;
}

/**
 * The built-in of that name, or what a module of the user's exports: by default, or under the kind's
 * noun, as a value or as a function that returns it. Packages and paths are looked up from `directory`. Throws
 * `module-unknown`.
 */
export async function loadModule<T>(kind: ModuleKind<T>, name: string, directory: string): Promise<Loaded<T>> {
  const builtIn = Object.hasOwn(kind.builtIn, name) ? kind.builtIn[name] : undefined;
  if (builtIn) return { value: await builtIn(), module: name };
  const found = resolveModule(name, directory);
  if (found === undefined) throw unknownModule(kind, name, directory);
  const { file, isByPath } = found;
  const exported = await importFrom(kind, name, file);
  const lacking = describeLack(kind, exported);
  if (lacking !== null) {
    throw new TilewrightError(
      'module-unknown',
      `${file} does not export a ${kind.noun}: ${lacking}.`,
      `Export a ${kind.noun} by default, or as \`${kind.noun}\`, or a function that returns one.`,
      { file, got: name },
    );
  }
  return { value: exported as T, module: isByPath ? file : name };
}

async function importFrom<T>(kind: ModuleKind<T>, name: string, file: string): Promise<unknown> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(file).href);
    const exported = module.default ?? module[kind.noun];
    return typeof exported === 'function' ? await exported() : exported;
  } catch (error) {
    throw new TilewrightError(
      'module-unknown',
      `The ${kind.noun} module ${name} (${file}) cannot be loaded: ${(error as Error)?.message ?? String(error)}`,
      'Correct the module; TILEWRIGHT_DEBUG=1 shows where it fails.',
      { file, got: name },
      { cause: error },
    );
  }
}

/** What keeps a value from being one of the kind, in words; null if it is one. */
export function describeLack<T>(kind: ModuleKind<T>, value: unknown): string | null {
  if (typeof value !== 'object' || value === null) {
    return `there is ${value === undefined ? 'no such export' : `a ${value === null ? 'null' : typeof value}`}`;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields.specificationVersion !== 'v1')
    return `its specificationVersion is ${String(fields.specificationVersion)}, not v1`;
  return kind.lacks(fields);
}

function unknownModule<T>(kind: ModuleKind<T>, name: string, directory: string): TilewrightError {
  const known = Object.keys(kind.builtIn);
  const builtIn = known.length === 0 ? `There is no built-in ${kind.noun}` : `Built in: ${known.join(', ')}`;
  return new TilewrightError(
    'module-unknown',
    `There is no ${kind.noun} ${name}, neither built in nor as a module in ${directory}.`,
    `${builtIn}; or name a package installed there, a directory that is one, or a file by a path that starts with ./`,
    { got: name, known, directory },
  );
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TilewrightError } from '@tilewright/spec';
import { configSchema } from './config-schema.ts';
import type { TilewrightConfig } from './tilewright-config.ts';

/** In the order in which they are named in messages; there may be one of them. */
export const CONFIG_FILES = ['tilewright.config.ts', 'tilewright.config.mjs', 'tilewright.config.js'] as const;

/** A configuration with the file that it was read from; null where there is none. */
export interface LoadedConfig {
  readonly directory: string;
  readonly file: string | null;
  readonly config: TilewrightConfig;
}

/** Reads the configuration in a directory, not in those above it. Throws `config-invalid` with file and field. */
export async function loadConfig(directory: string): Promise<LoadedConfig> {
  const files = CONFIG_FILES.map((name) => join(directory, name)).filter((file) => existsSync(file));
  const [file, second] = files;
  if (file === undefined) return { directory, file: null, config: {} };
  if (second !== undefined) {
    throw new TilewrightError(
      'config-invalid',
      `There are two configurations in ${directory}: ${CONFIG_FILES.filter((name) => files.includes(join(directory, name))).join(' and ')}.`,
      'Keep one of them.',
      { file: second },
    );
  }
  const exported = await importConfig(file);
  if (exported === undefined) {
    throw new TilewrightError(
      'config-invalid',
      `${file} has no default export.`,
      'Write `export default { … }` with target, agent, skills or budget.',
      { file },
    );
  }
  const parsed = configSchema.safeParse(exported);
  if (parsed.success) return { directory, file, config: parsed.data };
  const [issue] = parsed.error.issues;
  const field = fieldName(issue?.path ?? []);
  throw new TilewrightError(
    'config-invalid',
    `${file}: ${field === '' ? '' : `${field} `}${issue?.message ?? 'is not a configuration'}${/[.]$/.test(issue?.message ?? '') ? '' : '.'}`,
    'A configuration has target, agent and skills (names, or the things themselves) and budget, each optional.',
    { file, ...(field !== '' && { field }) },
  );
}

async function importConfig(file: string): Promise<unknown> {
  try {
    const module = file.endsWith('.ts') ? await importTypeScript(file) : await import(pathToFileURL(file).href);
    return (module as { readonly default?: unknown }).default;
  } catch (error) {
    throw new TilewrightError(
      'config-invalid',
      `${file} cannot be loaded: ${(error as Error)?.message ?? String(error)}`,
      'Correct the file; TILEWRIGHT_DEBUG=1 shows where it fails.',
      { file },
      { cause: error },
    );
  }
}

/** Node 20 does not read TypeScript. Nothing is cached on disk: the working directory stays as it was. */
async function importTypeScript(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  return createJiti(pathToFileURL(file).href, { fsCache: false, moduleCache: false, interopDefault: false }).import(
    file,
  );
}

/** `skills[1]` of `['skills', 1]`. */
function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, key) => (typeof key === 'number' ? `${name}[${key}]` : name === '' ? String(key) : `${name}.${String(key)}`),
    '',
  );
}

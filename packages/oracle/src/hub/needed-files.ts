import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TilewrightError } from '@tilewright/spec';
import { isGgufPath } from '../gguf/is-gguf-path.ts';
import { formatModelId, type ModelId } from './model-id.ts';

/** What is wanted of a model: all that it takes to compute it, or its shapes alone. */
export type Want = 'model' | 'config';

const CONFIG = 'config.json';
const SINGLE = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';
const TOKENIZER: readonly string[] = ['tokenizer.json', 'tokenizer_config.json'];

/**
 * Which of a repository's files make up the model, except the shards, which its index lists: configuration, weights
 * and tokenizer, or a GGUF file, which is all of it. Throws `file-missing`, and `usage` where there are several.
 */
export function neededFiles(paths: readonly string[], id: ModelId, want: Want): readonly string[] {
  const known = new Set(paths);
  if (id.ggufFile !== null) {
    if (known.has(id.ggufFile)) return [id.ggufFile];
    throw lacks(id, id.ggufFile);
  }
  const weights = [SINGLE, INDEX].find((name) => known.has(name));
  if (known.has(CONFIG) && want === 'config') return [CONFIG];
  if (known.has(CONFIG) && weights !== undefined)
    return [CONFIG, weights, ...TOKENIZER.filter((name) => known.has(name))];
  const gguf = paths.filter(isGgufPath);
  if (gguf.length === 1) return gguf;
  if (gguf.length === 0) throw lacks(id, known.has(CONFIG) ? 'weights in safetensors' : CONFIG);
  throw new TilewrightError(
    'usage',
    `${formatModelId(id)} has ${gguf.length} GGUF files: ${gguf.join(', ')}.`,
    `Name one of them: ${id.name}/${gguf[0]}.`,
    { field: 'model', got: formatModelId(id), files: gguf },
  );
}

/** The shards that an index lists, each a file beside it. Throws `file-malformed`. */
export async function shardsOf(index: string): Promise<readonly string[]> {
  try {
    const { weight_map: map } = JSON.parse(await readFile(index, 'utf8')) as { weight_map: Record<string, string> };
    const shards = [...new Set(Object.values(map))];
    if (shards.length > 0 && shards.every((shard) => basename(shard) === shard && shard.endsWith('.safetensors'))) {
      return shards;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new TilewrightError('file-malformed', `${index} does not list the files of a model.`, 'Use another revision.', {
    file: index,
    field: 'weight_map',
  });
}

/**
 * The model in a snapshot, if all of it is there: the directory, or the GGUF file in it. A snapshot that others have
 * begun may lack the tokenizer, of which nothing here says whether the model has one: `isWhole` tells.
 */
export async function cachedModel(
  snapshot: string,
  id: ModelId,
  want: Want,
): Promise<{ readonly path: string; readonly isWhole: boolean } | null> {
  const has = (name: string): Promise<boolean> =>
    stat(join(snapshot, name)).then(
      (found) => found.isFile(),
      () => false,
    );
  if (id.ggufFile !== null)
    return (await has(id.ggufFile)) ? { path: join(snapshot, id.ggufFile), isWhole: true } : null;
  if (await has(CONFIG)) {
    if (want === 'config') return { path: snapshot, isWhole: true };
    const isWhole = await has(TOKENIZER[0]);
    if (await has(SINGLE)) return { path: snapshot, isWhole };
    if (await has(INDEX)) {
      const shards = await shardsOf(join(snapshot, INDEX));
      const there = await Promise.all(shards.map(has));
      if (there.every(Boolean)) return { path: snapshot, isWhole };
    }
    return null;
  }
  const gguf = (await readdir(snapshot).catch(() => [])).filter(isGgufPath);
  const [only] = gguf;
  return gguf.length === 1 && (await has(only)) ? { path: join(snapshot, only), isWhole: false } : null;
}

function lacks(id: ModelId, what: string): TilewrightError {
  return new TilewrightError(
    'file-missing',
    `${formatModelId(id)} has no ${what}.`,
    'Choose a model with config.json and safetensors, or with a GGUF file.',
    { field: 'model', got: formatModelId(id) },
  );
}

import { basename, join } from 'node:path';
import { TilewrightError } from '@tilewright/spec';
import { exists } from '../files/exists.ts';
import { readJsonObject } from '../files/read-json.ts';
import { SafetensorsFile } from './safetensors-file.ts';
import type { StoredTensor } from './safetensors-header.ts';

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** Where a checkpoint keeps a tensor. */
interface TensorLocation {
  readonly file: SafetensorsFile;
  readonly tensor: StoredTensor;
}

/** The weights of a model directory under Hugging Face's names, whether in one file or in shards. */
export interface Checkpoint {
  find(name: string): TensorLocation | undefined;
  close(): Promise<void>;
}

/**
 * Opens `model.safetensors`, or the shards that `model.safetensors.index.json` lists, and checks their
 * headers. Throws `file-missing`, `file-malformed`, `file-truncated`, `tensor-missing`, `tensor-dtype-unsupported`.
 */
export async function openCheckpoint(directory: string): Promise<Checkpoint> {
  // Both present: transformers takes the single file.
  if (await exists(join(directory, SINGLE))) {
    const file = await SafetensorsFile.open(join(directory, SINGLE));
    return checkpoint([file], (name) => locate(file, name));
  }
  if (await exists(join(directory, INDEX))) return openShards(directory);
  throw new TilewrightError(
    'file-missing',
    `There are no weights in ${directory}: neither ${SINGLE} nor ${INDEX}.`,
    (await exists(join(directory, 'pytorch_model.bin')))
      ? 'Convert the checkpoint to safetensors; pickled PyTorch files are not read.'
      : 'Give a Hugging Face model directory with its safetensors.',
    { file: join(directory, SINGLE) },
  );
}

async function openShards(directory: string): Promise<Checkpoint> {
  const shardOf = await readIndex(join(directory, INDEX));
  const files = new Map<string, SafetensorsFile>();
  const close = () => closeAll(files.values());
  try {
    for (const shard of new Set(shardOf.values())) {
      files.set(shard, await SafetensorsFile.open(join(directory, shard)));
    }
    for (const [name, shard] of shardOf) {
      if (files.get(shard)?.tensors.has(name)) continue;
      throw new TilewrightError(
        'tensor-missing',
        `${INDEX} says that tensor ${name} is in ${shard}, and it is not there.`,
        'Download the checkpoint again; index and shards belong to different versions.',
        { file: join(directory, shard), tensor: name },
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return checkpoint([...files.values()], (name) => {
    const file = files.get(shardOf.get(name) ?? '');
    return file && locate(file, name);
  });
}

/** Which shard holds each tensor. A shard is a file beside the index and nowhere else. */
async function readIndex(file: string): Promise<Map<string, string>> {
  const { weight_map: map } = await readJsonObject(file);
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw malformedIndex(file, 'has no weight_map');
  const shardOf = new Map<string, string>();
  for (const [name, shard] of Object.entries(map)) {
    if (
      typeof shard !== 'string' ||
      shard === '' ||
      shard === '..' ||
      basename(shard) !== shard ||
      shard.includes('\\')
    ) {
      throw malformedIndex(file, `puts tensor ${name} into ${JSON.stringify(shard)}, which is no file name`);
    }
    shardOf.set(name, shard);
  }
  return shardOf;
}

function malformedIndex(file: string, what: string): TilewrightError {
  return new TilewrightError('file-malformed', `${file} ${what}.`, 'Download the index again.', {
    file,
    field: 'weight_map',
  });
}

function checkpoint(files: readonly SafetensorsFile[], find: Checkpoint['find']): Checkpoint {
  return { find, close: () => closeAll(files) };
}

function locate(file: SafetensorsFile, name: string): TensorLocation | undefined {
  const tensor = file.tensors.get(name);
  return tensor && { file, tensor };
}

async function closeAll(files: Iterable<SafetensorsFile>): Promise<void> {
  await Promise.all([...files].map((file) => file.close()));
}

import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileError } from '../files/file-error.ts';
import { isGgufPath } from '../gguf/is-gguf-path.ts';

/** Where the golden of a model stands: in its directory, or, of a GGUF file, beside it. */
export function goldenPlace(model: string): { readonly tensors: string; readonly record: string } {
  return isGgufPath(model)
    ? { tensors: `${model}.golden.safetensors`, record: join(dirname(model), 'golden.json') }
    : { tensors: join(model, 'golden.safetensors'), record: join(model, 'golden.json') };
}

/** Whether there is a golden for a model. Throws `file-missing` where that cannot be looked up. */
export async function hasGolden(model: string): Promise<boolean> {
  const { tensors, record } = goldenPlace(model);
  const file = isGgufPath(model) ? tensors : record;
  try {
    await access(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw fileError(error, file);
  }
}

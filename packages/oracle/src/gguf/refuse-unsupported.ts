import type { ModelFamily } from '@tilewright/spec';
import { unsupportedInGguf } from './gguf-error.ts';
import type { GgufFile } from './gguf-file.ts';

/** Throws `feature-unsupported` for what the architectures allow and Tilewright does not compute, by name. */
export function refuseUnsupportedGguf(gguf: GgufFile, family: ModelFamily): void {
  refuseShards(gguf);
  refuseExperts(gguf, family);
  refuseWindow(gguf, family);
  refuseRopeScaling(gguf, family);
}

function refuseShards({ metadata, file }: GgufFile): void {
  const key = 'split.count';
  if (!metadata.has(key) || metadata.integer(key, 0, 2 ** 16) <= 1) return;
  throw unsupportedInGguf(file, key, 'A model in several GGUF files', 'Join the files with llama-gguf-split --merge.');
}

function refuseExperts({ metadata, file }: GgufFile, family: ModelFamily): void {
  const key = `${family}.expert_count`;
  if (!metadata.has(key) || metadata.integer(key, 0, 2 ** 16) === 0) return;
  throw unsupportedInGguf(file, key, 'A mixture of experts', 'Use a dense model.');
}

function refuseWindow({ metadata, file }: GgufFile, family: ModelFamily): void {
  const key = `${family}.attention.sliding_window`;
  if (!metadata.has(key)) return;
  const window = metadata.integer(key, 0, 2 ** 32);
  // A window as long as the context hides nothing.
  if (window === 0 || window >= metadata.integer(`${family}.context_length`, 1, 2 ** 30)) return;
  const remedy = 'Use a model with full attention in every layer.';
  throw unsupportedInGguf(file, key, `A sliding window of ${window}`, remedy);
}

function refuseRopeScaling({ metadata, file }: GgufFile, family: ModelFamily): void {
  const remedy = 'Use a model whose rotary embedding is plain or scaled as that of Llama 3.1.';
  const key = `${family}.rope.scaling.type`;
  const type = metadata.has(key) ? metadata.text(key) : 'none';
  if (type !== 'none') throw unsupportedInGguf(file, key, `Rotary embedding of type "${type}"`, remedy);
  for (const name of ['rope.scale_linear', 'rope.scaling.factor', 'rope.scaling.attn_factor']) {
    const field = `${family}.${name}`;
    if (!metadata.has(field) || metadata.positive(field) === 1) continue;
    throw unsupportedInGguf(file, field, 'A scaled rotary embedding', remedy);
  }
}

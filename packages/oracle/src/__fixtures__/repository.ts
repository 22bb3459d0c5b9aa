import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

function path(relative: string): string {
  return fileURLToPath(new URL(`../../../../${relative}`, import.meta.url));
}

export const TINY_LLAMA: string = path('models/tiny-llama');
export const CONFIGS: string = path('test-data/configs');
const GOLDENS = path('test-data/goldens');

/** The directory of a golden model. */
export function golden(name: string): string {
  return `${GOLDENS}/${name}`;
}

export const GOLDEN_NAMES: readonly string[] = readdirSync(GOLDENS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const GGUF_GOLDENS = path('test-data/goldens-gguf');

/** A GGUF file of the goldens: `types`, `tiny-llama.q4_0`, … */
export function ggufGolden(name: string): string {
  return `${GGUF_GOLDENS}/${name}.gguf`;
}

/** The whole models among them. */
export const GGUF_MODELS: readonly string[] = readdirSync(GGUF_GOLDENS)
  .filter((name) => name.endsWith('.gguf') && name !== 'types.gguf')
  .map((name) => name.replace(/\.gguf$/, ''));

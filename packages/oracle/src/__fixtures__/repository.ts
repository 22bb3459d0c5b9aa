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

/** A model on the hub: `org/name`, one of its GGUF files where it has several, and a branch, tag or commit. */
export interface ModelId {
  readonly name: string;
  /** Null: the safetensors, or the only GGUF file that there is. */
  readonly ggufFile: string | null;
  readonly revision: string;
}

const DEFAULT_REVISION = 'main';

/** Reads `org/name[/FILE.gguf][@revision]`; null for what cannot be one. */
export function parseModelId(text: string): ModelId | null {
  const parts = /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:\/([\w./ -]+\.gguf))?(?:@([\w./-]+))?$/i.exec(text);
  if (parts === null || text.includes('..')) return null;
  const [, name, ggufFile = null, revision = DEFAULT_REVISION] = parts;
  // The cache joins organisation and name by two hyphens.
  if (name.includes('--')) return null;
  return { name, ggufFile, revision };
}

/** The inverse of `parseModelId`; the revision is left out where it is the default. */
export function formatModelId({ name, ggufFile, revision }: ModelId): string {
  return `${name}${ggufFile === null ? '' : `/${ggufFile}`}${revision === DEFAULT_REVISION ? '' : `@${revision}`}`;
}

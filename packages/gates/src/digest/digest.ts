import { createHash } from 'node:crypto';
import type { ModelSpec } from '@tilewright/spec';
import { canonicalJson } from './canonical-json.ts';

/** `sha256:` and the hexadecimal SHA-256 of a value's canonical JSON. Binds a verdict to what was judged. */
export function digest(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

/** The digest of a model: its configuration as read, and the digest of its weights. */
export function modelDigest(model: ModelSpec, weightsDigest: string): string {
  return digest({ model, weightsDigest });
}

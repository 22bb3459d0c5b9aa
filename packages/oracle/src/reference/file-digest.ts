import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { throwIfAborted } from '@tilewright/spec';
import { fileError } from '../files/file-error.ts';

/** SHA-256 of a file, in hexadecimal. Throws `file-missing`, `aborted`. */
export async function fileDigest(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const bytes of createReadStream(file)) {
      throwIfAborted(signal);
      hash.update(bytes as Uint8Array);
    }
  } catch (error) {
    throw fileError(error, file);
  }
  return hash.digest('hex');
}

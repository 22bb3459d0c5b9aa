import type { FileHandle } from 'node:fs/promises';
import { TilewrightError } from '@tilewright/spec';

/** Exactly `length` bytes from `position` on. Throws `file-truncated` if the file ends before. */
export async function readAt(
  handle: FileHandle,
  position: number,
  length: number,
  file: string,
  buffer: Uint8Array = new Uint8Array(length),
): Promise<Uint8Array> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) {
      throw new TilewrightError(
        'file-truncated',
        `${file} ends at byte ${position + done}, where ${length - done} more were expected.`,
        'Download the file again; it is cut short or was changed while it was read.',
        { file, expected: position + length, got: position + done },
      );
    }
    done += bytesRead;
  }
  return buffer.subarray(0, length);
}

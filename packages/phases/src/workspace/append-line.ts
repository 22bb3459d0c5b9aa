import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory, unwritable, type WriteHook } from './write-atomic.ts';

/**
 * Adds a line, given without its line break, to a file. What it resolved for survives; a last line that an
 * interruption cut off is removed first.
 */
export type AppendLine = (path: string, line: string) => Promise<void>;

const CHUNK_BYTES = 65_536;
const LINE_BREAK = 10;

/** The one way in which lines are added to a file of a workspace. Throws `file-unwritable`. */
export function lineAppender(before: WriteHook = () => {}): AppendLine {
  return async (path, line) => {
    try {
      before('create-directory', path);
      await mkdir(dirname(path), { recursive: true });
      before('open', path);
      const file = await open(path, 'a+');
      try {
        const whole = await wholeLineBytes(file);
        await file.truncate(whole);
        before('write', path);
        await file.writeFile(`${line}\n`);
        before('sync', path);
        await file.sync();
        if (whole === 0) {
          before('sync-directory', path);
          await syncDirectory(dirname(path));
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      throw unwritable(path, error);
    }
  };
}

/** Bytes up to and with the last line break. */
async function wholeLineBytes(file: FileHandle): Promise<number> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let end = (await file.stat()).size; end > 0; end -= CHUNK_BYTES) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    const at = chunk.subarray(0, bytesRead).lastIndexOf(LINE_BREAK);
    if (at >= 0) return start + at + 1;
  }
  return 0;
}

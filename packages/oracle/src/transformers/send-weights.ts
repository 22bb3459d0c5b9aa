import { throwIfAborted } from '@tilewright/spec';
import { huggingFaceName } from '../weights/hugging-face-names.ts';
import type { RowSource } from '../weights/model-weights.ts';
import type { PythonProcess } from './python-process.ts';

/** Rows that are sent at once take this much, if one row does not take more. */
const BYTES_AT_ONCE = 16 * 1024 ** 2;

/** Sends every weight of a model, in parts, under the name that it has in transformers; stops where nobody takes them. */
export async function sendWeights(
  to: Pick<PythonProcess, 'send' | 'sendData'>,
  weights: RowSource,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { name, shape } of weights.list()) {
    const rows = shape[0] as number;
    const width = shape.slice(1).reduce((product, extent) => product * extent, 1);
    const atOnce = Math.max(1, Math.floor(BYTES_AT_ONCE / (width * Float32Array.BYTES_PER_ELEMENT)));
    for (let first = 0; first < rows; first += atOnce) {
      throwIfAborted(signal);
      const { data } = await weights.readRows(name, first, Math.min(atOnce, rows - first), signal);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const request = { do: 'weight', name: huggingFaceName(name), first: first * width, bytes: bytes.length };
      // Why not, it says itself.
      if (!(await to.sendData(request, bytes))) return;
    }
  }
  to.send({ do: 'open' });
}

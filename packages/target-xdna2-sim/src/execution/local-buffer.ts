import {
  type Buffer,
  BYTES_PER_ELEMENT,
  bf16ToF32,
  f32ToBf16NearestEven,
  type StorageFormat,
  TilewrightError,
} from '@tilewright/spec';
import type { Storage } from '../microkernels/microkernel.ts';
import { POISON_BYTE, POISON_F32 } from './poison.ts';

/**
 * One copy of an L1 or L2 buffer. Microkernels see `data`, DMAs see `words`: 32-bit words in the
 * buffer's storage format. The two share memory, except for an accumulator: its `data` is float64 and
 * `words` is what it rounds to (`storeRounded` before a DMA reads it, `loadRounded` after one wrote it).
 */
export interface LocalBuffer {
  readonly name: string;
  readonly format: StorageFormat;
  readonly elements: number;
  readonly accumulator: boolean;
  readonly data: Storage;
  readonly words: Int32Array;
}

/** Bytes that a buffer takes in the simulator's memory, whole words. */
export function wordsOf(format: StorageFormat, elements: number): number {
  return Math.ceil((elements * BYTES_PER_ELEMENT[format]) / 4);
}

/** Allocates one copy of a buffer; `memory` is where its words lie. */
export function localBuffer(buffer: Buffer, memory: ArrayBuffer, byteOffset: number): LocalBuffer {
  const words = new Int32Array(memory, byteOffset, wordsOf(buffer.format, buffer.elements));
  const accumulator = buffer.accumulator === true;
  if (accumulator && buffer.format !== 'f32' && buffer.format !== 'bf16') {
    throw new TilewrightError(
      'program-invalid',
      `Buffer ${buffer.name} accumulates in ${buffer.format}.`,
      'Declare accumulators as f32 or bf16.',
      { field: buffer.name, got: buffer.format },
    );
  }
  return {
    name: buffer.name,
    format: buffer.format,
    elements: buffer.elements,
    accumulator,
    data: accumulator ? new Float64Array(buffer.elements) : elementView(buffer.format, words, buffer.elements),
    words,
  };
}

/** Elements of a format as microkernels see them, over the memory of `words`. */
export function elementView(format: StorageFormat, words: Int32Array, elements: number): Storage {
  if (format === 'f32') return new Float32Array(words.buffer, words.byteOffset, elements);
  if (format === 'i32') return new Int32Array(words.buffer, words.byteOffset, elements);
  return new Uint16Array(words.buffer, words.byteOffset, elements);
}

/** Fills a buffer as if nothing had ever been written to it. */
export function poison(buffer: LocalBuffer): void {
  new Uint8Array(buffer.words.buffer, buffer.words.byteOffset, buffer.words.byteLength).fill(POISON_BYTE);
  if (buffer.accumulator) buffer.data.fill(POISON_F32);
}

/** Rounds the sums of elements [from, to) to the accumulator's format, nearest even, into its words. */
export function storeRounded(buffer: LocalBuffer, from: number, to: number): void {
  const rounded = elementView(buffer.format, buffer.words, buffer.elements);
  const bf16 = buffer.format === 'bf16';
  for (let i = from; i < to; i++) rounded[i] = bf16 ? f32ToBf16NearestEven(buffer.data[i]) : buffer.data[i];
}

/** Takes over elements [from, to) that a DMA wrote to an accumulator's words. */
export function loadRounded(buffer: LocalBuffer, from: number, to: number): void {
  const rounded = elementView(buffer.format, buffer.words, buffer.elements);
  const bf16 = buffer.format === 'bf16';
  for (let i = from; i < to; i++) buffer.data[i] = bf16 ? bf16ToF32(rounded[i]) : rounded[i];
}

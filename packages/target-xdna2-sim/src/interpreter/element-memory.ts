import { bf16ToF32, f32ToBf16NearestEven, type StorageFormat } from '@tilewright/spec';
import type { LocalBuffer } from '../execution/local-buffer.ts';

/** Memory as a DMA addresses it: elements as bit patterns in their storage format. */
export interface ElementMemory {
  readonly name: string;
  readonly elements: number;
  read(element: number): number;
  write(element: number, bits: number): void;
}

const real = new Float32Array(1);
const realBits = new Int32Array(real.buffer);

/** Elements of a format in `words`. */
export function elementMemory(name: string, format: StorageFormat, elements: number, words: Int32Array): ElementMemory {
  const wide = format === 'f32' || format === 'i32';
  const bits = wide ? words : new Uint16Array(words.buffer, words.byteOffset, elements);
  return {
    name,
    elements,
    read: (element) => bits[element],
    write: (element, value) => {
      bits[element] = value;
    },
  };
}

/** The same for a tile's buffer; an accumulator is rounded to its format element by element as it is read. */
export function bufferMemory(buffer: LocalBuffer): ElementMemory {
  if (!buffer.accumulator) return elementMemory(buffer.name, buffer.format, buffer.elements, buffer.words);
  const { data, format } = buffer;
  const bf16 = format === 'bf16';
  return {
    name: buffer.name,
    elements: buffer.elements,
    read: (element) => {
      if (bf16) return f32ToBf16NearestEven(data[element]);
      real[0] = data[element];
      return realBits[0];
    },
    write: (element, bits) => {
      realBits[0] = bits;
      data[element] = bf16 ? bf16ToF32(bits) : real[0];
    },
  };
}

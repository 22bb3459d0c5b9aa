import {
  BYTES_PER_ELEMENT,
  bf16ArrayToF32,
  f32ArrayToBf16,
  type StorageFormat,
  TilewrightError,
} from '@tilewright/spec';

/** Elements as they are stored: bit patterns of bf16, or FP32. */
export type ElementArray = Uint16Array | Float32Array;

/** A view of a buffer's bytes as stored elements. Precondition: `bytes` starts at a multiple of four. */
export function elementView(bytes: Uint8Array, format: StorageFormat): ElementArray {
  const count = bytes.byteLength / BYTES_PER_ELEMENT[format];
  if (format === 'bf16') return new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  if (format === 'f32') return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  throw unsupportedFormat(format);
}

/** FP32 values as elements of a format: bf16 is rounded to nearest even, and exact where the values were bf16. */
export function storedElements(values: Float32Array, format: StorageFormat): ElementArray {
  if (format === 'bf16') return f32ArrayToBf16(values);
  if (format === 'f32') return values;
  throw unsupportedFormat(format);
}

/** FP32 values put into elements of a format, as `storedElements` makes them. */
export function storeElements(values: Float32Array, format: StorageFormat, into: ElementArray): void {
  if (format === 'bf16') f32ArrayToBf16(values, into as Uint16Array);
  else into.set(storedElements(values, format));
}

/** Memory for elements of a format. */
export function newElements(format: StorageFormat, count: number): ElementArray {
  if (format === 'bf16') return new Uint16Array(count);
  if (format === 'f32') return new Float32Array(count);
  throw unsupportedFormat(format);
}

/** Stored elements widened to FP32, exactly. */
export function widenedElements(elements: ElementArray): Float32Array {
  return elements instanceof Float32Array ? elements : bf16ArrayToF32(elements);
}

function unsupportedFormat(format: StorageFormat): TilewrightError {
  return new TilewrightError(
    'feature-unsupported',
    `The host does not read or write buffers of ${format}.`,
    'Use bf16 or f32 for buffers that the host fills or reads.',
    { got: format },
  );
}

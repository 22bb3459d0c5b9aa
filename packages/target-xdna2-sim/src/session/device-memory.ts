import { type BufferObject, TilewrightError } from '@tilewright/spec';
import { POISON_BYTE } from '../execution/poison.ts';

/** A buffer object whose host and device copies are distinct memories. The device's starts poisoned. */
export interface DeviceBuffer extends BufferObject {
  readonly device: Uint8Array;
}

/** Allocates both copies; the device's is rounded up to whole 32-bit words. */
export function deviceBuffer(name: string, bytes: number): DeviceBuffer {
  if (!Number.isInteger(bytes) || bytes <= 0) {
    throw new TilewrightError(
      'plan-invalid',
      `Buffer ${name} was asked for with ${bytes} bytes.`,
      'Ask for a positive whole number of bytes.',
      { field: name, got: bytes },
    );
  }
  const device = new Uint8Array(Math.ceil(bytes / 4) * 4).fill(POISON_BYTE);
  return { name, bytes, host: new Uint8Array(bytes), device };
}

/**
 * What memory holds before anything writes it: the byte 0x5A, which reads as 1.5e16 in bf16 and f32.
 * (0xA5 would read as −2.9e-16 and pass for zero.) Both executions use it, so that even a program that
 * reads what it never wrote computes the same in both.
 */
export const POISON_BYTE = 0x5a;

const poisoned = new Uint8Array(4).fill(POISON_BYTE);

/** The poison as a float32 value, for memory that is held wider than it is stored. */
export const POISON_F32: number = new Float32Array(poisoned.buffer)[0] as number;

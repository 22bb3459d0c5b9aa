import { z } from 'zod';
import type { StorageFormat } from '../number/storage-format.ts';

/** A whole number ≥ 0. */
export const whole: z.ZodType<number> = z.int().min(0);
/** A whole number ≥ 1, at most 2^31 − 1: the size of anything that has a size. */
export const positive: z.ZodType<number> = z.int().min(1).max(0x7fffffff);
export const name: z.ZodType<string> = z.string().min(1).max(200);
export const storageFormat: z.ZodType<StorageFormat> = z.enum(['bf16', 'f16', 'f32', 'i32']);
export const specificationVersion: z.ZodType<'v1'> = z.literal('v1');

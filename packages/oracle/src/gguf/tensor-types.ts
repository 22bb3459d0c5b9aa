import { TilewrightError } from '@tilewright/spec';
import { BF16 } from './dequantise/bf16.ts';
import type { BlockEncoding } from './dequantise/block-encoding.ts';
import { F16 } from './dequantise/f16.ts';
import { F32 } from './dequantise/f32.ts';
import { Q4_0 } from './dequantise/q4-0.ts';
import { Q4_1 } from './dequantise/q4-1.ts';
import { Q4_K } from './dequantise/q4-k.ts';
import { Q5_0 } from './dequantise/q5-0.ts';
import { Q5_1 } from './dequantise/q5-1.ts';
import { Q5_K } from './dequantise/q5-k.ts';
import { Q6_K } from './dequantise/q6-k.ts';
import { Q8_0 } from './dequantise/q8-0.ts';

/** The tensor types that we read, by GGUF's numbers for them. */
const ENCODINGS: Readonly<Record<number, BlockEncoding>> = {
  0: F32,
  1: F16,
  2: Q4_0,
  3: Q4_1,
  6: Q5_0,
  7: Q5_1,
  8: Q8_0,
  12: Q4_K,
  13: Q5_K,
  14: Q6_K,
  30: BF16,
};

/** Names of types that we do not read, for the message. */
const OTHERS: Readonly<Record<number, string>> = {
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
};

export function isReadType(type: number): boolean {
  return type in ENCODINGS;
}

/** How a tensor type is stored. Throws `tensor-dtype-unsupported`, naming file, tensor and type. */
export function tensorEncoding(type: number, tensor: string, file: string): BlockEncoding {
  const encoding = ENCODINGS[type];
  if (encoding !== undefined) return encoding;
  const read = Object.values(ENCODINGS)
    .map(({ name }) => name.toUpperCase())
    .join(', ');
  const got = OTHERS[type] ?? `number ${type}`;
  throw new TilewrightError(
    'tensor-dtype-unsupported',
    `Tensor ${tensor} in ${file} is of type ${got}, which is not read.`,
    `Use a file of another quantisation, such as Q8_0, Q6_K or Q4_0; read are ${read}.`,
    { file, tensor, expected: read, got },
  );
}

import { z } from 'zod';
import type { ModelSpec, RopeSpec } from '../model/model-spec.ts';
import type { StorageFormat } from '../number/storage-format.ts';
import { exactly } from './exactly.ts';
import { positive, storageFormat, whole } from './scalars.ts';

const rope: z.ZodType<RopeSpec> = exactly<RopeSpec>()(
  z.strictObject({
    theta: z.number().positive(),
    scaling: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('none') }),
      z.strictObject({
        type: z.literal('llama3'),
        factor: z.number().positive(),
        lowFrequencyFactor: z.number().positive(),
        highFrequencyFactor: z.number().positive(),
        originalMaxPositions: positive,
      }),
    ]),
  }),
);

const weightFormat: z.ZodType<StorageFormat | null> = storageFormat.nullable();

export const modelSpecSchema: z.ZodType<ModelSpec> = exactly<ModelSpec>()(
  z.strictObject({
    specificationVersion: z.literal('v1'),
    family: z.enum(['llama', 'mistral', 'qwen2', 'qwen3']),
    layers: positive,
    hiddenSize: positive,
    intermediateSize: positive,
    heads: positive,
    keyValueHeads: positive,
    headDim: positive,
    vocabularySize: positive,
    maxPositions: positive,
    rmsNormEpsilon: z.number().positive(),
    rope,
    activation: z.literal('silu'),
    attention: z.strictObject({ mask: z.literal('causal'), window: positive.nullable() }),
    tiedHead: z.boolean(),
    bias: z.strictObject({ qkv: z.boolean(), output: z.boolean(), mlp: z.boolean() }),
    qkNorm: z.boolean(),
    weightFormat,
    beginOfTextToken: whole.nullable(),
    endOfTextTokens: z.array(whole),
  }),
);

import { z } from 'zod';
import type { Affine } from '../program/affine.ts';
import type { Program, Statement } from '../program/program.ts';
import { exactly } from './exactly.ts';
import { name, positive, specificationVersion, storageFormat, whole } from './scalars.ts';

/** Constants may be fractions (an epsilon, a softmax scale); coefficients are whole. */
const affine: z.ZodType<Affine> = exactly<Affine>()(
  z.strictObject({
    constant: z.number(),
    coefficients: z.record(name, z.int()),
  }),
);

const access = z.strictObject({
  offset: affine,
  sizes: z.array(positive),
  strides: z.array(z.int()),
});

const transfer = (kind: 'get' | 'put') =>
  z.strictObject({ kind: z.literal(kind), channel: name, at: z.array(affine), buffer: name, access });

const statement: z.ZodType<Statement> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('for'), variable: name, extent: positive, body: z.array(statement) }),
    z.strictObject({
      kind: z.literal('if'),
      value: affine,
      is: z.enum(['zero', 'positive']),
      body: z.array(statement),
    }),
    transfer('get'),
    transfer('put'),
    z.strictObject({
      kind: z.literal('call'),
      microkernel: name,
      operands: z.record(name, z.strictObject({ buffer: name, offset: affine })),
      parameters: z.record(name, affine),
    }),
  ]),
);

const loops = z.array(z.strictObject({ variable: name, extent: positive }));
const body = z.array(statement);
const buffers = z.array(
  z.strictObject({
    name,
    format: storageFormat,
    elements: positive,
    accumulator: z.boolean().exactOptional(),
  }),
);

export const programSchema: z.ZodType<Program> = exactly<Program>()(
  z.strictObject({
    specificationVersion,
    name,
    hostPath: z.enum(['xclbin', 'elf']),
    arguments: z.array(
      z.strictObject({
        name,
        format: storageFormat,
        elements: positive,
        access: z.enum(['read', 'write', 'read-write']),
      }),
    ),
    launches: z.array(
      z.strictObject({
        name,
        grid: loops,
        batchTiling: z.array(positive).nullable(),
        taskIssue: z.enum(['paced', 'at-once']).exactOptional(),
        pingPong: z.enum(['L1-and-L2', 'L1', 'L2', 'none']),
        stackBytes: whole,
        channels: z.array(
          z.strictObject({
            name,
            kind: z.enum(['stream', 'cascade']),
            format: storageFormat,
            shape: z.array(positive),
            broadcast: z.array(positive).nullable(),
          }),
        ),
        shim: z.array(z.strictObject({ name, parallel: loops, body })),
        memtile: z.array(z.strictObject({ name, parallel: loops, column: affine.nullable(), buffers, body })),
        herds: z.array(
          z.strictObject({
            name,
            columns: positive,
            rows: positive,
            at: z.strictObject({ column: whole, row: whole }).nullable(),
            buffers,
            body,
          }),
        ),
      }),
    ),
  }),
);

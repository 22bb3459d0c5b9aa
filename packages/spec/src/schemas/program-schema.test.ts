import { describe, expect, it } from 'vitest';
import { affine } from '../program/affine.ts';
import type { Program } from '../program/program.ts';
import { programSchema } from './program-schema.ts';

const program: Program = {
  specificationVersion: 'v1',
  name: 'copy',
  hostPath: 'xclbin',
  arguments: [{ name: 'x', format: 'bf16', elements: 64, access: 'read-write' }],
  launches: [
    {
      name: 'copy',
      grid: [],
      batchTiling: null,
      pingPong: 'none',
      stackBytes: 1024,
      channels: [{ name: 'in', kind: 'stream', format: 'bf16', shape: [1], broadcast: null }],
      shim: [],
      memtile: [],
      herds: [
        {
          name: 'herd',
          columns: 1,
          rows: 1,
          at: null,
          buffers: [{ name: 'b', format: 'bf16', elements: 64 }],
          body: [
            {
              kind: 'for',
              variable: 'i',
              extent: 2,
              body: [
                {
                  kind: 'get',
                  channel: 'in',
                  at: [affine(0)],
                  buffer: 'b',
                  access: { offset: affine(0, { i: 32 }), sizes: [32], strides: [1] },
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};

describe('programSchema', () => {
  it('gives back what was stored, to the letter', () => {
    expect(programSchema.parse(JSON.parse(JSON.stringify(program)))).toEqual(program);
  });

  it('names the place of what is wrong, however deep', () => {
    const broken = JSON.parse(JSON.stringify(program));
    broken.launches[0].herds[0].body[0].body[0].access.sizes[0] = -1;
    const result = programSchema.safeParse(broken);
    expect(result.error?.issues[0]?.path).toEqual([
      'launches',
      0,
      'herds',
      0,
      'body',
      0,
      'body',
      0,
      'access',
      'sizes',
      0,
    ]);
  });

  it('refuses fields that it does not know', () => {
    expect(programSchema.safeParse({ ...program, extra: 1 }).success).toBe(false);
  });
});
